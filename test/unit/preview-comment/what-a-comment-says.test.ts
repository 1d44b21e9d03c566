import { unknownValue } from "../../../provider/keys/engine-values";
import {
  commentOn,
  keyStep,
  preview,
  type Properties,
  rowOf,
  stackStep,
  stackUrn,
} from "./previews";

const headlineOf = (comment: string) =>
  comment.split("\n")[1]?.replace("### Vultr API keys of `project/test`: ", "");

const keys = (...ops: string[]) => ops.map((op, at) => keyStep({ op, name: `key-${at}` }));
const lookUp = keyStep({ op: "read", now: { external: true, retainOnDelete: true } });
const both = (outputs: Properties) =>
  ["replace", "same"].map((op) => keyStep({ op, name: op, outputs }));

describe("the headline counts all keys, in one order", () => {
  it.each<[headline: string, steps: ReturnType<typeof keys>]>([
    ["nothing changes", []],
    ["nothing changes, 1 kept", keys("same")],
    ["nothing changes, 1 looked up, not managed", keys("read")],
    ["nothing changes, 1 looked up, not managed", [{ ...lookUp, oldState: lookUp["newState"] }]],
    ["1 rotated", keys("replace")],
    [
      "1 rotated",
      [keyStep({ op: "replace", inputs: { adoptKeyId: "x" }, reasons: ["rotationTrigger"] })],
    ],
    // By --replace: nobody asks for a new key, so create adopts it once more.
    ["1 adopted", [keyStep({ op: "replace", inputs: { adoptKeyId: "x" }, reasons: ["id"] })]],
    [
      "1 revoked, 1 rotated, 2 created, 1 changed in place, 2 kept, 1 looked up, not managed",
      keys("same", "delete", "update", "create", "replace", "create", "same", "read"),
    ],
    ["nothing changes", [{ op: "replace", urn: "urn:pulumi:test::project::aws:x:Y::deployer" }]],
    [
      "1 rotated", // its parts, which --show-replacement-steps adds
      ["create-replacement", "replace", "delete-replaced"].map((op) => keyStep({ op })),
    ],
    // Of a targeted run, which does not look at one of two resources that have one key.
    ["1 rotated, 1 keeps a key that dies, 1 kept", [...both({ keyId: "x" }), ...keys("same")]],
    ["1 rotated, 1 kept", both({ keyId: "[secret]" })], // secret ids all look alike
    ["1 released", [{ ...keyStep({ op: "same" }), op: "read", newState: { external: true } }]],
  ])("%s", async (headline, steps) => {
    expect(headlineOf(await commentOn(preview(steps)))).toBe(headline);
  });
});

test("a new key that a targeted run leaves out is neither kept nor expires", async () => {
  const dateExpire = "2026-07-03T00:00:00Z"; // in two days
  const step = { op: "same", inputs: { dateExpire }, old: { id: "" }, outputs: { dateExpire } };
  const comment = await commentOn(preview([keyStep(step), ...keys("create")]));
  expect(headlineOf(comment)).toBe("1 created, 1 new but not created: the run is targeted");
  expect(comment).not.toMatch(/deployer|Expires within/);
});

test.each(["delete-replaced", "refresh"])(
  "a key that an earlier run could not revoke is told of, seen by %s, also if nothing else changes",
  async (op) => {
    const outputs = { keyId: "waiting" };
    const pending = { op, old: { delete: true, id: "user/waiting" }, outputs };
    const comment = await commentOn(preview([keyStep({ op: "same" }), keyStep(pending)]));
    expect(headlineOf(comment)).toBe("1 left by an earlier run, 1 kept");
    expect(await rowOf(pending, { op: "replace" })).toBe(
      "left by an earlier run | an earlier run replaced key `waiting` and could not revoke it | `deployer-abcdefgh` dies at the end | ",
    );
  },
);

test("a key that is renamed and rotated in one run was left by no earlier run", async () => {
  const id = "user/0b5e0000-1661-40f2-91af-900a154317b7";
  const rotated = keyStep({ op: "replace", name: "renamed", old: { id } });
  const former = keyStep({ op: "delete-replaced", old: { delete: true, id } });
  expect(headlineOf(await commentOn(preview([rotated, former])))).toBe("1 rotated");
});

test("a preview with --refresh that failed says nothing of the keys that it did not reach", async () => {
  const diagnostics = [{ message: "error: no", severity: "error" }];
  const failed = preview(keys("refresh"), { diagnostics });
  expect(await commentOn(failed)).not.toMatch(/gone already|kept/);
});

test("with --refresh, a key that is not at Vultr any more is made anew", async () => {
  const made = "created | its recorded key is no longer at Vultr | gone already | never";
  expect(await rowOf({ op: "refresh" }, { op: "create" })).toBe(made);
  const adopting = { op: "create", inputs: { adoptKeyId: "x" } };
  const successor = { previousKeyId: "x", adoptKeyId: "x" };
  expect(await rowOf({ op: "refresh", outputs: successor }, adopting)).toBe(made);
  expect(await rowOf({ op: "refresh" }, adopting)).toMatch(/^adopted \| takes over key `x`/);
});

describe("without --show-sames the comment says what it cannot know", () => {
  const ofStack = stackStep({}, "refresh");
  const refresh = keyStep({ op: "refresh" });
  const own = keyStep({ op: "same" });

  it.each<[what: string, headline: string, isPartial: boolean, same: number, ...Properties[]]>([
    ["what changes", "1 created", true, 5, ...keys("create")],
    ["nothing", "nothing changes", true, 5],
    // Whether the key is there, the refresh alone does not say.
    ["with --refresh", "nothing changes", true, 2, ...keys("refresh")],
    ["all, with --refresh", "nothing changes, 1 kept", false, 2, ofStack, refresh, own],
    ["a key that is neither found nor declared", "1 gone already", false, 1, ofStack, refresh],
  ])("%s: %s", async (_, headline, isPartial, same, ...steps) => {
    const comment = await commentOn(preview(steps, { digest: { changeSummary: { same } } }));
    expect(headlineOf(comment)).toBe(headline);
    expect(comment.includes("_Made without `--show-sames`")).toBe(isPartial);
  });

  const reasons = ["rotationTrigger"];
  const rotated = keyStep({ op: "replace", reasons, inputs: { rotationTrigger: unknownValue } });
  const updated = keyStep({ op: "update" });
  const message = "The provider for this resource has inputs that are not known during preview.";
  const warning = { urn: String(updated["urn"]), message, severity: "warning" };

  it.each([
    ["by its trigger", rotated, []],
    ["by its provider's settings", updated, [warning]],
  ])("and shows a rotation that only the run decides, %s", async (_, step, diagnostics) => {
    const digest = { changeSummary: { same: 5 } };
    const comment = await commentOn(preview([step], { diagnostics, digest }));
    expect(headlineOf(comment)).toBe("1 decided during `pulumi up`");
    expect(comment).toContain("| stays, or dies at the end |");
  });
});

test("a preview of destroy says so of each key", async () => {
  const steps = [keyStep({ op: "delete" }), { op: "delete", urn: stackUrn }];
  const comment = await commentOn({ ...preview([]), steps });
  expect(comment).toContain(
    "| **revoked** | the stack is destroyed | `deployer-abcdefgh` dies after all that uses it |",
  );
  expect(comment).not.toContain("*At the end*");
});

test("keys are sorted by what happens, then by name, slots by number", async () => {
  const names = ["zeta", "Beta", "alpha", "ring-x"].map((name) => ({ op: "create", name }));
  const slots = [10, 2, 0].map((slot) => ({ op: "create", ring: "ring", name: `ring-${slot}` }));
  const steps = [...names, ...slots, { op: "delete", name: "zoo" }].map(keyStep);
  expect((await commentOn(preview(steps))).match(/^\| .*?(?=<br>)/gm)).toEqual([
    "| `zoo`",
    "| `alpha`",
    "| `Beta`",
    "| ring `ring`, slot 0",
    "| ring `ring`, slot 2",
    "| ring `ring`, slot 10",
    "| `ring-x`",
    "| `zeta`",
  ]);
});

test("the order in which a parallel run reports does not matter", async () => {
  const steps = ["same", "delete", "replace", "create", "update"].flatMap((op) =>
    ["a", "b"].map((name) => keyStep({ op, name: `${name}-${op}`, reasons: ["name", "userId"] })),
  );
  const diagnostics = ["one", "two"].map((message) => ({ message, severity: "error" }));
  const first = await commentOn(preview(steps, { diagnostics }));
  const reversed = steps
    .toReversed()
    .map((step) => ({ ...step, replaceReasons: ["userId", "name"] }));
  const again = preview(reversed, { diagnostics: diagnostics.toReversed() });
  expect(await commentOn(again)).toBe(first);
});
