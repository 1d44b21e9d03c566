import { commentOn, keyStep, type KeyStep, preview, stackStep, stackUrn } from "./previews";

const headlineOf = (comment: string) => comment.split("\n")[1];

describe("each of the engine's operations is one word", () => {
  it.each<{ step: KeyStep; headline: string }>([
    { step: { op: "create" }, headline: "1 created" },
    { step: { op: "create", inputs: { adoptKeyId: "x" } }, headline: "1 adopted" },
    { step: { op: "replace", reasons: ["rotationTrigger"] }, headline: "1 rotated" },
    { step: { op: "replace", inputs: { adoptKeyId: "x" } }, headline: "1 rotated" },
    { step: { op: "update" }, headline: "1 changed in place" },
    { step: { op: "delete" }, headline: "1 revoked" },
    { step: { op: "delete", old: { retainOnDelete: true } }, headline: "1 released" },
    { step: { op: "same" }, headline: "nothing changes, 1 kept" },
    { step: { op: "read" }, headline: "nothing changes, 1 looked up, not managed" },
  ])("$step.op, $step.inputs $step.old: $headline", async ({ step, headline }) => {
    const comment = await commentOn(preview([keyStep(step)]));
    expect(headlineOf(comment)).toBe(`### Vultr API keys of \`project/test\`: ${headline}`);
  });
});

test("the headline counts all keys, in one order", async () => {
  const ops = ["same", "delete", "update", "create", "replace", "create", "same", "read"];
  const steps = ops.map((op, at) => keyStep({ op, name: `key-${at}` }));
  expect(headlineOf(await commentOn(preview(steps)))).toContain(
    ": 2 created, 1 rotated, 1 revoked, 1 changed in place, 2 kept, 1 looked up, not managed",
  );
});

test("other resources are no keys", async () => {
  const urn = "urn:pulumi:test::project::aws:s3/bucket:Bucket::deployer";
  const comment = await commentOn(preview([{ op: "replace", urn }]));
  expect(comment).toContain(": there are none");
});

test("a key whose trigger only the run will know is neither rotated nor kept yet", async () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  for (const rotationTrigger of [unknown, { after: [unknown] }]) {
    const replace = { op: "replace", reasons: ["rotationTrigger"] };
    for (const step of [{ op: "same" }, replace]) {
      const comment = await commentOn(preview([keyStep({ ...step, inputs: { rotationTrigger } })]));
      expect(headlineOf(comment)).toContain(": 1 decided during `pulumi up`");
      expect(comment).not.toContain(unknown);
    }
  }
});

test("the parts of a replacement, which --show-replacement-steps adds, are one rotation", async () => {
  const parts = ["create-replacement", "replace", "delete-replaced"];
  const comment = await commentOn(preview(parts.map((op) => keyStep({ op }))));
  expect(headlineOf(comment)).toContain(": 1 rotated");
  expect(comment).not.toContain("earlier run");
});

test("a key that an earlier run could not revoke is told of, also where nothing changes", async () => {
  const former = { delete: true, id: "user/0b5e0000-1661-40f2-91af-900a154317b7" };
  const outputs = { keyId: "0b5e0000-1661-40f2-91af-900a154317b7" };
  for (const op of ["delete-replaced", "refresh"]) {
    const pending = keyStep({ op, old: former, outputs });
    const quiet = await commentOn(preview([keyStep({ op: "same" }), pending]));
    expect(headlineOf(quiet)).toContain(": nothing changes, 1 kept");
    expect(quiet).toContain(
      "revoked at the end of this one:**\n\n- `0b5e0000-1661-40f2-91af-900a154317b7`, a former key of `deployer`",
    );
    const busy = await commentOn(preview([keyStep({ op: "replace" }), pending]));
    expect(busy).toContain("`0b5e0000-1661-40f2-91af-900a154317b7`, a former key of `deployer`");
  }
});

test("with --refresh, a key that is not at Vultr any more is made anew", async () => {
  const steps = ["refresh", "create"].map((op) => keyStep({ op }));
  const comment = await commentOn(preview(steps));
  expect(comment).toContain(
    "| **created** | its recorded key is no longer at Vultr | gone already |",
  );
});

test("with --refresh, keys that stay are known without --show-sames", async () => {
  const steps = [stackStep({}, "refresh"), keyStep({ op: "refresh" })];
  const comment = await commentOn(preview(steps, { digest: { changeSummary: { same: 2 } } }));
  expect(headlineOf(comment)).toContain(": nothing changes, 1 kept");
  expect(comment).not.toContain("--show-sames");
});

test("without --show-sames the comment says what it cannot know", async () => {
  const digest = { changeSummary: { same: 5, create: 1 } };
  const some = await commentOn(preview([keyStep({ op: "create" })], { digest }));
  expect(headlineOf(some)).toContain(": 1 created");
  expect(some).toContain("_Made without `--show-sames`");
  const none = await commentOn(preview([], { digest }));
  expect(headlineOf(none)).toContain(": nothing changes");
  expect(none).toContain("_Made without `--show-sames`");
});

test("a preview of destroy says so of each key", async () => {
  const steps = [keyStep({ op: "delete" }), { op: "delete", urn: stackUrn }];
  const comment = await commentOn({ ...preview([]), steps });
  expect(comment).toContain(
    "| **revoked** | the stack is destroyed | `deployer-abcdefgh` dies after all that uses it |",
  );
});

test("keys are sorted by name, a ring's slots together and by number", async () => {
  const names = ["zeta", "Beta", "alpha", "ring-x"];
  const slots = [10, 2, 0].map((slot) =>
    keyStep({ op: "create", ring: "ring", name: `ring-${slot}` }),
  );
  const steps = [...names.map((name) => keyStep({ op: "create", name })), ...slots];
  const labels = async (all: typeof steps) =>
    (await commentOn(preview(all))).match(/^\| .*?(?=<br>)/gm);
  expect(await labels(steps)).toEqual([
    "| `Beta`",
    "| `alpha`",
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
