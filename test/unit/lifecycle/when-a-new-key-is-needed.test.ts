import { readFileSync } from "node:fs";
import { join } from "node:path";

import { unknownValue as unknown } from "@pulumi/pulumi/runtime";

import schema from "../../../provider/doors/plugin/schema.json";
import type { DeclaredKey, KeyInputs } from "../../../provider/keys/inputs";
import { type KeyState, withoutUndefined } from "../../../provider/keys/state";
import { containing, failureOf, startProcess, startRun, urnOf } from "./run";

const dayMs = 86_400_000;
const createdMs = Date.UTC(2026, 0, 1);
const userId = "5c1d0000-0000-4000-8000-000000000001";
const keyId = "0b5e0000-0000-4000-8000-000000000002";

const args = (name = "ci") => ({ resourceName: name, resourceUrn: urnOf(name), userId });
const state: KeyState = {
  ...args(),
  keyId,
  name: "ci-dev-abcdefgh",
  createdAt: "2026-01-01T00:00:00Z",
  apiKey: "plaintext",
};

/** What a key has otherwise than {@link state}, and args otherwise than those; undefined takes a field away. */
type Was = { [Field in keyof KeyState]?: KeyState[Field] | undefined };
type Is = Partial<KeyInputs>;

/** A process at a time after the key was made; `ask` is check and diff of one resource. */
function startAt(afterMs = 0, environment: NodeJS.ProcessEnv = {}) {
  const process = startProcess({ environment });
  process.clock.jumpWallClock(createdMs + afterMs - process.clock.now());
  const diff = (was: Was, is: Is, name = "ci") => {
    const last = withoutUndefined({ ...state, ...args(name), ...was }) as KeyState;
    return process.diff("id", last, { ...args(name), ...is });
  };
  const ask = async (was: Was, is: Is, name = "ci") => {
    await process.check(args(name), { ...args(name), ...is });
    return diff(was, is, name);
  };
  return { ...process, diff, ask };
}

const expires = { dateExpire: "2031-06-30T00:00:00Z" };
const lives = { expiresIn: "2d", ...expires };
const lent = { adoptKeyId: keyId };
const lentWithout = { ...lent, apiKey: undefined };
const replacedLent = { adoptKeyId: userId };
const plaintext = { adoptApiKey: "plaintext" };
const byMail = (userEmail: string) => ({ userId: undefined, userEmail });

describe.each<{ answer: string; cases: [what: string, was: Was, is: Is, replaces?: string][] }>([
  {
    answer: "nothing is done",
    cases: [
      ["the same args", {}, {}],
      ["a state of 0.1.0, without a URN", { resourceUrn: undefined }, {}],
      ["the name that it has", {}, { name: state.name }],
      ["a name no longer given", { name: "ci" }, {}],
      [
        "the same trigger in another order",
        { rotationTrigger: { a: 1, b: [2] } },
        { rotationTrigger: { b: [2], a: 1 } },
      ],
      ["the same expiry in another zone", expires, { dateExpire: "2031-06-30T02:00:00.000+02:00" }],
      ["the same expiry with fractions", expires, { dateExpire: "2031-06-30T00:00:00.999Z" }],
      ["the expiry of an adopted key", { ...lent, name: "by hand", ...expires }, {}],
      ["no plaintext for an adopted key that has none", lentWithout, lent],
      ["the plaintext of an adopted key that is known", lent, { ...lent, ...plaintext }],
      [
        "the plaintext of a key that is no longer there",
        { ...replacedLent, apiKey: undefined },
        { ...replacedLent, ...plaintext },
      ],
    ],
  },
  {
    answer: "the args are recorded",
    cases: [
      ["from e-mail to the id of the same user", { userEmail: "a@b.c" }, {}],
      ["the same e-mail in other letters", { userEmail: "A@b.C" }, byMail("a@B.c")],
      ["the same e-mail with space around it", { userEmail: " a@b.c" }, byMail("a@b.c ")],
      ["the same lifetime in other units", lives, { expiresIn: "48h" }],
      ["verify", {}, { verify: false }],
      ["allowSelfRevoke", { allowSelfRevoke: true }, {}],
      ["an age that is not reached", {}, { rotateAfter: "30d" }],
      ["rotateBeforeExpiry of a key that never expires", {}, { rotateBeforeExpiry: "30d" }],
      ["a key that was not proven", { isUnproven: true }, {}],
      ["one of which no proof is wanted any more", { isUnproven: true }, { verify: false }],
      ["a URN that an alias renamed", { resourceUrn: "urn:old" }, {}],
      ["the name in a state of 0.1.0", { resourceUrn: undefined, resourceName: "old" }, {}],
      [
        "a lifetime for an adopted key, counted from its rotation",
        lent,
        { ...lent, expiresIn: "2d" },
      ],
      [
        "the plaintext of an adopted key, until it is known",
        lentWithout,
        { ...lent, ...plaintext },
      ],
    ],
  },
  {
    answer: "the key is replaced",
    cases: [
      ["another user", {}, { userId: userId.replace("1", "2") }, "userId"],
      ["a user that is not known yet", {}, { userId: unknown }, "userId"],
      ["from the id to the e-mail of perhaps the same user", {}, byMail("a@b.c"), "userEmail"],
      ["another e-mail", { userEmail: "a@b.c" }, byMail("d@b.c"), "userEmail"],
      ["an e-mail not known yet", { userEmail: "a@b.c" }, byMail(unknown), "userEmail"],
      ["another name", {}, { name: "ci" }, "name"],
      ["a name not known yet", {}, { name: unknown }, "name"],
      ["a trigger", { rotationTrigger: 1 }, { rotationTrigger: 2 }, "rotationTrigger"],
      ["a first trigger", {}, { rotationTrigger: 1 }, "rotationTrigger"],
      ["an unknown one", { rotationTrigger: 1 }, { rotationTrigger: unknown }, "rotationTrigger"],
      [
        "one not known wholly yet",
        { rotationTrigger: 1 },
        { rotationTrigger: [unknown] },
        "rotationTrigger",
      ],
      [
        "a trigger for a key that was not proven",
        { isUnproven: true },
        { rotationTrigger: 1 },
        "rotationTrigger",
      ],
      ["another expiry", expires, { dateExpire: "2031-06-30T00:00:00-01:00" }, "dateExpire"],
      ["a first expiry", {}, expires, "dateExpire"],
      ["no expiry any more", expires, {}, "dateExpire"],
      ["an expiry not known yet", expires, { dateExpire: unknown }, "dateExpire"],
      ["the expiry after an adopted key", { ...replacedLent, ...expires }, {}, "dateExpire"],
      ["a first lifetime", {}, { expiresIn: "2d" }, "expiresIn"],
      ["another lifetime", lives, { expiresIn: "3d" }, "expiresIn"],
      ["no lifetime any more", lives, {}, "expiresIn"],
      ["a lifetime not known yet", lives, { expiresIn: unknown }, "expiresIn"],
      ["an age not known yet", {}, { rotateAfter: unknown }, "rotateAfter"],
      [
        "a distance from the expiry not known yet",
        lives,
        { expiresIn: "2d", rotateBeforeExpiry: unknown },
        "rotateBeforeExpiry",
      ],
    ],
  },
])("$answer for", ({ answer, cases }) => {
  it.each(cases)("%s", async (...[, was, is, replaces]) => {
    expect(await startAt().ask(was, is)).toEqual({
      changes: answer !== "nothing is done",
      replaces: replaces === undefined ? [] : [replaces],
      deleteBeforeReplace: false, // the old key never dies first
    });
  });
});

it.each([
  { what: "a moment before its age", ms: 30 * dayMs - 1, isDue: false },
  { what: "at its age", ms: 30 * dayMs, isDue: true },
  { what: "long after", ms: 300 * dayMs, isDue: true },
  { what: "with a clock behind the one that made the key", ms: -dayMs, isDue: false },
])("rotateAfter $what: due is $isDue", async ({ ms, isDue }) => {
  const { ask, notices } = startAt(ms);
  const rule = { rotateAfter: "30d" };
  expect((await ask(rule, rule)).replaces).toEqual(isDue ? ["rotateAfter"] : []);
  expect(notices).toHaveLength(isDue ? 1 : 0);
});

const early = { expiresIn: "59d", rotateBeforeExpiry: "14d" };
const dateExpire = "2026-03-01T00:00:00Z";
const inOtherZone = "2026-03-01T05:30:00+05:30";

it.each([
  { dateExpire, ms: 44 * dayMs, isDue: false },
  { dateExpire, ms: 45 * dayMs, isDue: true },
  { dateExpire: inOtherZone, ms: 45 * dayMs - 1, isDue: false },
  { dateExpire: inOtherZone, ms: 45 * dayMs, isDue: true },
])("rotateBeforeExpiry 14d of $dateExpire after $ms ms: due is $isDue", async (row) => {
  const { replaces } = await startAt(row.ms).ask({ ...early, dateExpire: row.dateExpire }, early);
  expect(replaces).toEqual(row.isDue ? ["rotateBeforeExpiry"] : []);
});

it.each([
  { ms: 45 * dayMs, why: "it expires in 14 days, rotateBeforeExpiry is 14d" },
  { ms: 59 * dayMs - 1_000, why: "it expires in 1 second" },
  { ms: 59 * dayMs, why: "it has expired" },
])("the preview says why: $why", async ({ ms, why }) => {
  const { ask, notices } = startAt(ms);
  await ask({ ...early, dateExpire }, early);
  expect(notices).toEqual([containing(`API key "ci-dev-abcdefgh" is due for rotation: ${why}`)]);
});

it("a key that is due by age and by expiry is replaced once, for both reasons", async () => {
  const rules = { expiresIn: "60d", rotateBeforeExpiry: "40d", rotateAfter: "30d" };
  const { ask, notices } = startAt(31 * dayMs);
  const { replaces } = await ask({ ...rules, dateExpire: "2026-03-02T00:00:00Z" }, rules);
  expect(replaces).toEqual(["rotateAfter", "rotateBeforeExpiry"]);
  expect(notices).toEqual([
    containing("it is 31 days old, rotateAfter is 30d"),
    containing("it expires in 29 days"),
  ]);
});

it.each([
  { what: "a day late", ms: 2 * dayMs, more: {}, isSaid: true },
  { what: "at once", ms: dayMs, more: {}, isSaid: true },
  { what: "not before its time", ms: dayMs - 1, more: {}, isSaid: false },
  { what: "not if it is replaced", ms: 2 * dayMs, more: { rotationTrigger: 1 }, isSaid: false },
])("an expired key with no rule to replace it draws a warning: $what", async (row) => {
  const { ask, notices } = startAt(row.ms);
  const was = { expiresIn: "1d", dateExpire: "2026-01-02T00:00:00Z" };
  const { changes } = await ask(was, { expiresIn: "1d", ...row.more });
  expect(changes).toBe("rotationTrigger" in row.more);
  const warning = /^warning: API key "ci-dev-abcdefgh" expired at 2026-01-02T00:00:00Z/;
  expect(notices).toEqual(row.isSaid ? [expect.stringMatching(warning)] : []);
});

it.each([
  { is: {}, advice: "To have a new key made, change rotationTrigger." },
  // A new key could not be made with a time that is over.
  {
    is: { dateExpire: "2026-01-02T00:00:00Z" },
    advice: "Write a later dateExpire; or in its place",
  },
])("with $is the warning about an expired key says: $advice", async ({ is, advice }) => {
  const { ask, notices } = startAt(2 * dayMs);
  const was = { dateExpire: "2026-01-02T00:00:00Z", adoptKeyId: keyId };
  await ask({ ...was, ...is }, { ...is, adoptKeyId: keyId });
  expect(notices).toEqual([containing(advice)]);
});

it.each<{ is: Is; why?: string }>([
  { is: { rotationTrigger: [unknown] }, why: "rotationTrigger is not known yet" },
  {
    is: { name: unknown, dateExpire: unknown },
    why: "name and dateExpire are not known yet",
  },
  { is: { rotationTrigger: unknown, name: "other" } },
  { is: { rotationTrigger: unknown, rotateAfter: "1d" } },
  { is: { verify: unknown as unknown as boolean } },
])("a preview says if only the run knows whether a key is rotated: $why", async ({ is, why }) => {
  const { ask, notices } = startAt(dayMs);
  await ask({}, is);
  const note = `note: the run decides whether API key "ci-dev-abcdefgh" is rotated: ${why ?? ""}.`;
  expect(notices.filter((notice) => !notice.includes("is due"))).toEqual(why ? [note] : []);
});

describe("adoption", () => {
  it.each<[what: string, was: Was, is: Is]>([
    ["a key of ours", {}, lent],
    ["a borrowed one, nor one after it", { adoptKeyId: userId }, lent],
  ])("cannot be asked of %s", async (_, was, is) => {
    const says = await failureOf(startAt().ask(was, is));
    expect(says).toContain(`could not adopt API key ${keyId}: adoptKeyId cannot be added`);
    expect(says).toContain("Remove adoptKeyId and adoptApiKey from this resource.");
  });

  it.each<[what: string, was: Was, is: Is]>([
    ["named", lent, lent],
    ["named after a rotation", { adoptKeyId: userId }, { adoptKeyId: userId }],
    ["left out", lent, {}],
    ["not known yet", {}, { adoptKeyId: unknown }],
  ])("may go on being %s", async (_, was, is) => {
    expect(await startAt().ask(was, is)).toMatchObject({ changes: false });
  });
});

describe("another value does what the README and the plugin's schema say, and is never overlooked", () => {
  type Arg = Exclude<keyof DeclaredKey, "adoptKeyId">; // another id is refused
  const values: Record<Arg, [was: Was, is: Is]> = {
    userId: [{}, { userId: keyId }],
    userEmail: [{ userEmail: "a@b.c" }, byMail("d@e.f")],
    name: [{ name: "a" }, { name: "b" }],
    dateExpire: [expires, { dateExpire: "2032-06-30T00:00:00Z" }],
    expiresIn: [lives, { expiresIn: "3d" }],
    rotationTrigger: [{ rotationTrigger: 1 }, { rotationTrigger: 2 }],
    rotateAfter: [{ rotateAfter: "1w" }, { rotateAfter: "2w" }],
    rotateBeforeExpiry: [
      { ...lives, rotateBeforeExpiry: "1h" },
      { expiresIn: "2d", rotateBeforeExpiry: "2h" },
    ],
    verify: [{ verify: true }, { verify: false }],
    adoptApiKey: [lentWithout, { ...lent, ...plaintext }],
    allowSelfRevoke: [{}, { allowSelfRevoke: true }],
  };
  const readme = readFileSync(join(__dirname, "..", "..", "..", "README.md"), "utf8");
  const rowsOfArgs = readme.split("\n").filter((row) => /^\| `.*(new|same) key.*\|$/.test(row));
  const schemaOf: Record<string, object> =
    schema.resources["vultr-user-api-key:index:VultrUserApiKey"].inputProperties;

  it.each(Object.entries(values))("%s", async (arg, [was, is]) => {
    const { changes, replaces } = await startAt().ask(was, is);
    expect(changes).toBe(true);
    expect(replaces).toEqual("willReplaceOnChanges" in (schemaOf[arg] ?? {}) ? [arg] : []);
    const row = rowsOfArgs.find((each) => each.includes(`\`${arg}\``));
    expect(row).toContain(replaces.length > 0 ? "| new key" : "| same key");
  });
});

describe("asked without a check of this resource in this run, it answers that nothing changes", () => {
  it.each<[what: string, was: Was, is: Is]>([
    ["with unknown values", {}, { userId: unknown, rotationTrigger: unknown }],
    ["with an age that is due", {}, { rotateAfter: "1d" }],
    ["with a trigger that is due", {}, { rotationTrigger: 1 }],
    ["with an unproven key", { isUnproven: true }, {}],
    ["with an expired key", { dateExpire: "2026-01-02T00:00:00Z" }, {}],
  ])("%s", async (_what, was, is) => {
    const { check, diff, notices } = startAt(30 * dayMs);
    await check(args("other"), args("other"));
    const nothing = { changes: false, replaces: [], deleteBeforeReplace: false };
    expect(await diff(was, is)).toEqual(nothing);
    expect(notices).toEqual([]);
    // After a rename in state the question may name a URN that another resource has by now.
    await check(args(), args());
    await diff({}, {});
    expect(await diff(was, is)).toEqual(nothing);
    expect(notices).toEqual([]);
  });
});

it.each<{ what: string; args: Is; previousKeyId: string | undefined }>([
  { what: "is to be replaced", args: { name: "other" }, previousKeyId: keyId },
  {
    what: "may be, for replaceOnChanges turns an update into it",
    args: { verify: false },
    previousKeyId: keyId,
  },
  { what: "stays", args: {}, previousKeyId: undefined },
])(
  "a key of which diff said that it $what is the predecessor of the next: $previousKeyId",
  async (row) => {
    await using run = await startRun();
    const inputs = run.args(row.args);
    await run.known(row.args);
    await run.provider.diff("id", { ...state, userId: run.userId }, inputs);
    expect((await run.provider.check({}, inputs)).failures).toEqual([]);
    expect((await run.create(inputs)).outs.previousKeyId).toBe(row.previousKeyId);
  },
);

describe("the rotation of the key that the provider itself authenticates with", () => {
  const rotation = { rotationTrigger: 1 };
  const own = { VULTR_API_KEY: state.apiKey };

  it("is refused before anything happens", async () => {
    expect(await failureOf(startAt(0, own).ask({}, rotation))).toContain(
      `could not revoke API key ${keyId}: it is the key that the provider itself authenticates with`,
    );
  });

  it.each<[what: string, environment: NodeJS.ProcessEnv, was: Was, is: Is]>([
    ["if it is permitted", own, {}, { ...rotation, allowSelfRevoke: true }],
    ["if only the run knows that", own, {}, { ...rotation, allowSelfRevoke: unknown as never }],
    ["of another key", { VULTR_API_KEY: "another" }, {}, rotation],
    ["without a credential, of a key without its plaintext", {}, lentWithout, rotation],
  ])("is not, %s", async (_what, environment, was, is) => {
    const { replaces } = await startAt(0, environment).ask(was, is);
    expect(replaces).toEqual(["rotationTrigger"]);
  });

  it("is no matter while the key stays", async () => {
    expect(await startAt(0, own).ask({}, {})).toMatchObject({ changes: false });
  });
});

describe("a key that another resource of the program holds as well", () => {
  it("draws a warning in every run", async () => {
    const { ask, notices } = startAt();
    await ask({}, {}, "other");
    expect((await ask({}, {})).changes).toBe(false);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(
      /^warning: two owners of .*another resource of this program holds it too: /,
    );
    expect(notices[0]).toContain(`${urnOf("other")}. `);
    expect(notices[0]).toContain("Remove one of the two resources from the program");
  });

  it("is not rotated", async () => {
    const { ask } = startAt();
    await ask({}, {}, "other");
    expect(await failureOf(ask({}, { rotationTrigger: 1 }))).toContain(
      `could not rotate API key "${state.name}" (${keyId}): another resource`,
    );
  });
});
