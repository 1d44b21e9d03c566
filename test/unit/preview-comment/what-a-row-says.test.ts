import { runtime } from "@pulumi/pulumi";

import { unknownValue as unknown } from "../../../provider/keys/engine-values";
import { commentOn, keyStep, type KeyStep, preview, rowOf } from "./previews";

test("the mark of an unknown value is the SDK's", () => {
  expect(unknown).toBe(runtime.unknownValue);
});

const later = "known only during `pulumi up`";
const dies = "`deployer-abcdefgh` dies at the end";
const isOff = "`verify` is off, so the new key is not proven";
const keyId = "0b5e0000-1661-40f2-91af-900a154317b7";
const user = keyId.replace("0b", "5c");

/** A change of args, of each from what to what. */
const args = (...changes: [arg: string, was: unknown, is: unknown][]) => ({
  oldInputs: Object.fromEntries(changes.map(([arg, was]) => [arg, was])),
  inputs: Object.fromEntries(changes.map(([arg, , is]) => [arg, is])),
});

describe("a row tells what happens to a key, why, the fate of the old one, the new one's expiry", () => {
  const made = "created | new in the program";
  const revoked = (oldKey: string) => `removed from the program | ${oldKey} | `;
  const changed = (why: string) => `changed in place | ${why} | stays | never`;
  const adopted = (key: string) =>
    `adopted | takes over key ${key} as it is | its first rotation revokes it | as it does now`;
  const open = (change: string) =>
    `decided during \`pulumi up\` | ${change} → ${later}; another value than before rotates the key | stays, or dies at the end | never`;

  it.each<[op: string, step: Partial<KeyStep>, row: string]>([
    ["create", {}, `${made} |  | never`],
    ["create", { inputs: { verify: false } }, `${made}; ${isOff} |  | never`],
    ["create", { inputs: { expiresIn: "12h" } }, `${made} |  | \`12h\` after it is made`],
    ["create", { inputs: { dateExpire: "2026-07-20T00:00:00Z" } }, `${made} |  | 2026-07-20`],
    ["create", { inputs: { dateExpire: unknown } }, `${made} |  | ${later}`],
    [
      "create",
      { ring: "hook", name: "hook-0", inputs: { rotationTrigger: 2 } },
      "created | generation `2` of the ring |  | never",
    ],
    ["create", { inputs: { adoptKeyId: keyId } }, adopted(`\`${keyId}\``)],
    ["create", { inputs: { adoptKeyId: unknown } }, adopted(later)],
    ["update", args(["rotateAfter", undefined, "3d"]), changed("`rotateAfter`: not set → `3d`")],
    ["update", args(["verify", false, undefined]), changed("`verify`: `false` → not set")],
    [
      "update",
      args(["adoptApiKey", undefined, "[secret]"]),
      changed("`adoptApiKey`: not set → `[secret]`"),
    ],
    [
      "update",
      { ...args(["adoptKeyId", "[secret]", undefined]), outputs: { adoptKeyId: "[secret]" } },
      changed("`adoptKeyId`: `[secret]` → not set"),
    ],
    [
      "update",
      { old: { initErrors: ["did not authenticate"] } },
      changed("an earlier run could not prove the key: this one tries again"),
    ],
    ["update", {}, changed("its record is brought up to date")],
    ["delete", {}, `revoked | ${revoked(dies)}`],
    [
      "delete",
      { old: { retainOnDelete: true } },
      `released | ${revoked("`deployer-abcdefgh` stays valid at Vultr, unmanaged: `retainOnDelete` is set")}`,
    ],
    ["replace", { old: { external: true } }, `${made} |  | never`],
    [
      "replace",
      { now: { external: true, id: "user/another" } },
      `revoked | the program only looks up a key in its place | ${dies} | `,
    ],
    ...["same", "replace"].flatMap((op) =>
      [unknown, { after: [unknown] }].map((is): [string, Partial<KeyStep>, string] => [
        op,
        { ...args(["rotationTrigger", 1, is]), reasons: ["rotationTrigger"] },
        open("`rotationTrigger`: `1`"),
      ]),
    ),
    [
      "replace",
      { ...args(["name", undefined, unknown]), reasons: ["name"] },
      open("`name`: `deployer-abcdefgh`"),
    ],
  ])("%s, %j: %s", async (op, step, row) => {
    expect(await rowOf({ op, ...step })).toBe(row);
  });
});

describe("a rotation names the arg that asked for it, and what it was and is", () => {
  const long = "x".repeat(60);

  it.each<[arg: string, was: unknown, is: unknown, change: string]>([
    ["rotationTrigger", "2026-06", "2026-07", "`2026-06` → `2026-07`"],
    ["rotationTrigger", 1, "1", '`1` → `"1"`'],
    ["rotationTrigger", undefined, { a: [1] }, 'not set → `{"a":[1]}`'],
    ["rotationTrigger", null, undefined, "not set → not set"],
    ["rotationTrigger", `${long}1`, `${long}2`, `\`${long.slice(1)}…\` → another one`],
    ["rotationTrigger", "[secret]", "[secret]", "`[secret]` → another one"],
    ["userId", user, keyId, `\`${user}\` → \`${keyId}\``],
    ["userEmail", "a@example.com", "b@example.com", "`a@example.com` → `b@example.com`"],
    ["name", undefined, "ci", "`deployer-abcdefgh` → `ci`"],
    ["dateExpire", "2026-08-01T00:00:00Z", "2026-09-01T00:00:00+02:00", "2026-08-01 → 2026-08-31"],
    ["expiresIn", "60d", undefined, "`60d` → not set"],
  ])("%s from %j to %j: %s", async (arg, was, is, change) => {
    const step = { op: "replace", reasons: [arg], ...args([arg, was, is]) };
    expect((await rowOf(step)).split(" | ")[1]).toBe(`\`${arg}\`: ${change}`);
  });

  const asked = (arg: string, value: string, outputs = {}): Partial<KeyStep> => ({
    ...{ reasons: [arg], inputs: { [arg]: value }, outputs },
  });
  const [expiring, borrowed] = [
    { dateExpire: "2026-07-31T10:00:00Z" },
    { keyId, adoptKeyId: keyId },
  ];

  it.each<[why: string, step: Partial<KeyStep>]>([
    ["made on 2026-06-01, and `rotateAfter` is `30d`", asked("rotateAfter", "30d")],
    ["adopted on 2026-06-01, and `rotateAfter` is `30d`", asked("rotateAfter", "30d", borrowed)],
    [
      "expires on 2026-07-31, and `rotateBeforeExpiry` is `15d`",
      asked("rotateBeforeExpiry", "15d", expiring),
    ],
    [
      `\`userId\`: \`${user}\` → not set; \`userEmail\`: not set → \`b@example.com\``,
      {
        reasons: ["userEmail"],
        ...args(["userId", user, undefined], ["userEmail", undefined, "b@example.com"]),
      },
    ],
    [
      `\`rotationTrigger\`: \`1\` → \`2\`; \`rotateAfter\`: \`3d\` → \`6d\`; \`verify\`: \`true\` → \`false\`; ${isOff}`,
      {
        reasons: ["rotationTrigger"],
        ...args(["rotationTrigger", 1, 2], ["verify", true, false], ["rotateAfter", "3d", "6d"]),
      },
    ],
    ["marked by `pulumi state taint`", { reasons: ["id"], old: { taint: true } }],
    ["no arg asks for it: `--replace` or a resource option does", { reasons: ["id"] }],
    ["`provider` changed", { reasons: ["provider"] }],
  ])("%s: %j", async (why, step) => {
    expect((await rowOf({ op: "replace", ...step })).split(" | ")[1]).toBe(why);
  });
});

const slot = (op: string, number: number, from?: number, to?: number): KeyStep => ({
  op,
  ring: "hook",
  name: `hook-${number}`,
  reasons: ["rotationTrigger"],
  ...args(["rotationTrigger", from, to]),
});

describe("a bump of a ring by one replaces the slot with the oldest key, and says what overlaps", () => {
  const until = (number: number) => `; generation ${number} stays valid until the next bump`;
  const most = [slot("replace", 0, 3, 6), slot("replace", 1, 1, 4), slot("same", 2, 5, 5)];

  it.each<[what: string, overlap: string, ...steps: KeyStep[]]>([
    ["two slots, all shown", until(3), slot("replace", 0, 2, 4), slot("same", 1, 3, 3)],
    ["two slots, one shown", until(3), slot("replace", 0, 2, 4)],
    ["four slots", `${until(6)}, generations up to 8 longer`, slot("replace", 1, 5, 9)],
    ["one slot, which is a plain rotation", "", slot("replace", 0, 4, 5)],
    ["two of three slots", "", ...most],
    ["back", "", slot("replace", 0, 4, 2)],
    ["a jump that does not fit the slot", "", slot("replace", 2, 1, 4)],
  ])("%s: %s", async (_, overlap, ...steps) => {
    const [{ name = "", oldInputs, inputs }] = steps as [KeyStep];
    const change = [oldInputs, inputs].map((each) => `\`${Number(each?.["rotationTrigger"])}\``);
    expect(await rowOf(...steps)).toBe(
      `rotated | generation ${change.join(" → ")} | \`${name}-abcdefgh\` dies at the end${overlap} | never`,
    );
  });
});

describe("a ring that loses its overlap is warned of", () => {
  it.each<[what: string, warning: string | undefined, ...steps: KeyStep[]]>([
    ["two die in one run", "`2`, `3`", slot("replace", 0, 2, 4), slot("replace", 1, 3, 5)],
    ["one of them for good", "`3`, `2`", slot("replace", 0, 2, 3), slot("delete", 1, 3)],
    ["one dies", undefined, slot("replace", 0, 2, 4), slot("same", 1, 3, 3)],
    ["the ring is removed", undefined, slot("delete", 0, 2), slot("delete", 1, 3)],
  ])("%s: %s", async (_, generations, ...steps) => {
    const comment = await commentOn(preview(steps.map(keyStep)));
    const warning =
      /\[!WARNING\]\n> \*\*No overlap .*\n>\n> - `hook`: the keys of generations (.*)/;
    expect(warning.exec(comment)?.[1]).toBe(generations);
  });
});
