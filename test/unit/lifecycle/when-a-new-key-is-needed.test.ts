import { readFileSync } from "node:fs";
import { join } from "node:path";

import { unknownValue as unknown } from "@pulumi/pulumi/runtime";

import schema from "../../../provider/doors/plugin/schema.json";
import type { DeclaredKey, Json, KeyInputs } from "../../../provider/keys/inputs";
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
const lifetime = { expiresIn: "2d" };
const lives = { ...lifetime, ...expires };
const lent = { adoptKeyId: keyId };
const lentWithout = { ...lent, apiKey: undefined };
const replacedLent = { adoptKeyId: userId };
const plaintext = { adoptApiKey: "plaintext" };
const afterLentWithout = { ...replacedLent, apiKey: undefined };
const byMail = (userEmail: string) => ({ userId: undefined, userEmail });
const trigger = (rotationTrigger: Json) => ({ rotationTrigger });

const nothing = { changes: false, replaces: [], deleteBeforeReplace: false };

describe.each<{ answer: string; cases: [what: string, was: Was, is: Is, replaces?: string][] }>([
  {
    answer: "nothing is done",
    cases: [
      ["the same args", {}, {}],
      ["a state of 0.1.0, without a URN", { resourceUrn: undefined }, {}],
      ["the name that it has", {}, { name: state.name }],
      ["a name no longer given", { name: "ci" }, {}],
      ["a trigger in another order", trigger({ a: 1, b: [2] }), trigger({ b: [2], a: 1 })],
      ["its expiry in another zone", expires, { dateExpire: "2031-06-30T02:00:00.000+02:00" }],
      ["its expiry with fractions", expires, { dateExpire: "2031-06-30T00:00:00.999Z" }],
      ["the expiry of an adopted key", { ...lent, name: "by hand", ...expires }, {}],
      ["no plaintext for an adopted key that has none", lentWithout, lent],
      ["the plaintext of an adopted key that is known", lent, { ...lent, ...plaintext }],
      ["that of a key which is gone", afterLentWithout, { ...replacedLent, ...plaintext }],
      ["an adopted key, named after its rotation", replacedLent, replacedLent],
      ["an adopted key, no longer named", lent, {}],
      ["one to adopt that is not known yet", {}, { adoptKeyId: unknown }],
    ],
  },
  {
    answer: "the args are recorded",
    cases: [
      ["from e-mail to the id of the same user", { userEmail: "a@b.c" }, {}],
      ["the same e-mail, written otherwise", { userEmail: " A@b.C" }, byMail("a@B.c ")],
      ["the same lifetime in other units", lives, { expiresIn: "48h" }],
      ["rotateBeforeExpiry of a key that never expires", {}, { rotateBeforeExpiry: "30d" }],
      ["a key that was not proven", { isUnproven: true }, {}],
      ["one of which no proof is wanted any more", { isUnproven: true }, { verify: false }],
      ["a URN that an alias renamed", { resourceUrn: "urn:old" }, {}],
      ["the name in a state of 0.1.0", { resourceUrn: undefined, resourceName: "old" }, {}],
      ["a lifetime that counts from the rotation of a lent key", lent, { ...lent, ...lifetime }],
    ],
  },
  {
    answer: "the key is replaced",
    cases: [
      ["a user not known yet", {}, { userId: unknown }, "userId"],
      ["an id that becomes an e-mail address", {}, byMail("a@b.c"), "userEmail"],
      ["an e-mail address not known yet", { userEmail: "a@b.c" }, byMail(unknown), "userEmail"],
      ["a name not known yet", {}, { name: unknown }, "name"],
      ["a first trigger", {}, trigger(1), "rotationTrigger"],
      ["a trigger not known yet", trigger(1), trigger(unknown), "rotationTrigger"],
      ["a trigger not known wholly yet", trigger(1), trigger([unknown]), "rotationTrigger"],
      ["one for a key that was not proven", { isUnproven: true }, trigger(1), "rotationTrigger"],
      ["an hour more", expires, { dateExpire: "2031-06-30T00:00:00-01:00" }, "dateExpire"],
      ["a first expiry", {}, expires, "dateExpire"],
      ["no expiry any more", expires, {}, "dateExpire"],
      ["an expiry not known yet", expires, { dateExpire: unknown }, "dateExpire"],
      ["the expiry after an adopted key", { ...replacedLent, ...expires }, {}, "dateExpire"],
      ["a first lifetime", {}, lifetime, "expiresIn"],
      ["no lifetime any more", lives, {}, "expiresIn"],
      ["a lifetime not known yet", lives, { expiresIn: unknown }, "expiresIn"],
      ["an age not known yet", {}, { rotateAfter: unknown }, "rotateAfter"],
      [
        "a distance from the expiry not known yet",
        lives,
        { ...lifetime, rotateBeforeExpiry: unknown },
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
const inTime = "it expires in 14 days, rotateBeforeExpiry is 14d";

it.each([
  { dateExpire, ms: 45 * dayMs - 1, why: undefined },
  { dateExpire, ms: 45 * dayMs, why: inTime },
  { dateExpire: inOtherZone, ms: 45 * dayMs - 1, why: undefined },
  { dateExpire: inOtherZone, ms: 45 * dayMs, why: inTime },
  { dateExpire, ms: 59 * dayMs - 1_000, why: "it expires in 1 second" },
  { dateExpire, ms: 59 * dayMs, why: "it has expired" },
])("rotateBeforeExpiry 14d of $dateExpire after $ms ms: $why", async ({ ms, why, ...expiry }) => {
  const { ask, notices } = startAt(ms);
  const { replaces } = await ask({ ...early, ...expiry }, early);
  const isDue = why !== undefined;
  expect(replaces).toEqual(isDue ? ["rotateBeforeExpiry"] : []);
  const says = `API key "ci-dev-abcdefgh" is due for rotation: ${why}`;
  expect(notices).toEqual(isDue ? [containing(says)] : []);
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

describe("an expired key with no rule to replace it draws a warning", () => {
  const over = { dateExpire: "2026-01-02T00:00:00Z" };
  const oneDay = { expiresIn: "1d" };
  const change = "To have a new key made, change rotationTrigger.";
  // A new key could not be made with a time that is over.
  const later = "Write a later dateExpire; or in its place";

  it.each<[when: string, ms: number, was: Was, is: Is, advice: string | undefined]>([
    ["at once", dayMs, oneDay, oneDay, change],
    ["not before its time", dayMs - 1, oneDay, oneDay, undefined],
    ["not if it is replaced", dayMs, oneDay, { ...oneDay, ...trigger(1) }, undefined],
    ["also of an adopted key", dayMs, lent, lent, change],
    ["as its program wants it", dayMs, over, over, later],
  ])("%s", async (_when, ms, was, is, advice) => {
    const { ask, notices } = startAt(ms);
    await ask({ ...was, ...over }, is);
    const warning = /^warning: API key "ci-dev-abcdefgh" expired at 2026-01-02T00:00:00Z/;
    const isSaid = advice !== undefined;
    expect(notices).toEqual(isSaid ? [expect.stringMatching(warning)] : []);
    expect(notices).toEqual(isSaid ? [containing(advice)] : []);
  });
});

it.each<{ is: Is; why?: string }>([
  { is: { rotationTrigger: [unknown] }, why: "rotationTrigger is not known yet" },
  { is: { name: unknown, dateExpire: unknown }, why: "name and dateExpire are not known yet" },
  { is: { rotationTrigger: unknown, name: "other" } },
  { is: { rotationTrigger: unknown, rotateAfter: "1d" } },
  { is: { verify: unknown as unknown as boolean } },
])("a preview says if only the run knows whether a key is rotated: $why", async ({ is, why }) => {
  const { ask, notices } = startAt(dayMs);
  await ask({}, is);
  const note = `note: the run decides whether API key "ci-dev-abcdefgh" is rotated: ${why ?? ""}.`;
  expect(notices.filter((notice) => !notice.includes("is due"))).toEqual(why ? [note] : []);
});

it.each<[what: string, was: Was]>([
  ["a key of ours", {}],
  ["a borrowed one, nor one after it", replacedLent],
])("adoption cannot be asked of %s", async (_, was) => {
  const says = await failureOf(startAt().ask(was, lent));
  expect(says).toContain(`could not adopt API key ${keyId}: adoptKeyId cannot be added`);
  expect(says).toContain("Remove adoptKeyId and adoptApiKey from this resource.");
});

describe("another value does what the README and the plugin's schema say, and is never overlooked", () => {
  type Arg = Exclude<keyof DeclaredKey, "adoptKeyId">; // another id is refused
  const values: Record<Arg, [was: Was, is: Is]> = {
    userId: [{}, { userId: keyId }],
    userEmail: [{ userEmail: "a@b.c" }, byMail("d@e.f")],
    name: [{ name: "a" }, { name: "b" }],
    dateExpire: [expires, { dateExpire: "2032-06-30T00:00:00Z" }],
    expiresIn: [lives, { expiresIn: "3d" }],
    rotationTrigger: [trigger(1), trigger(2)],
    rotateAfter: [{ rotateAfter: "1w" }, { rotateAfter: "2w" }],
    rotateBeforeExpiry: [
      { ...lives, rotateBeforeExpiry: "1h" },
      { ...lifetime, rotateBeforeExpiry: "2h" },
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
    const { replaces, ...answer } = await startAt().ask(was, is);
    expect(answer).toEqual({ changes: true, deleteBeforeReplace: false });
    expect(replaces).toEqual("willReplaceOnChanges" in (schemaOf[arg] ?? {}) ? [arg] : []);
    const row = rowsOfArgs.find((each) => each.includes(`\`${arg}\``));
    expect(row).toContain(replaces.length > 0 ? "| new key" : "| same key");
  });
});

it("asked without a check of this resource in this run, it answers that nothing changes, whatever is due", async () => {
  const was: Was = { isUnproven: true, dateExpire: "2026-01-02T00:00:00Z" };
  const is: Is = { userId: unknown, rotationTrigger: 1, rotateAfter: "1d" };
  const { check, diff, notices } = startAt(30 * dayMs);
  await check(args("other"), args("other"));
  expect(await diff(was, is)).toEqual(nothing);
  // After a rename in state the question may name a URN that another resource has by now.
  await check(args(), args());
  await diff({}, {});
  expect(await diff(was, is)).toEqual(nothing);
  expect(notices).toEqual([]);
});

it.each<[what: string, previousKeyId: string | undefined, args: Is]>([
  ["is to be replaced", keyId, { name: "other" }],
  ["may be, for replaceOnChanges turns an update into it", keyId, { verify: false }],
  ["stays", undefined, {}],
])(
  "after a key of which diff said that it %s, the next has for its predecessor: %s",
  async (_what, previousKeyId, news) => {
    await using run = await startRun();
    const inputs = run.args(news);
    await run.known(news);
    await run.provider.diff("id", { ...state, userId: run.userId }, inputs);
    expect((await run.provider.check({}, inputs)).failures).toEqual([]);
    expect((await run.create(inputs)).outs.previousKeyId).toBe(previousKeyId);
  },
);

describe("the rotation of the key that the provider itself authenticates with", () => {
  const rotation = trigger(1);
  const own = { VULTR_API_KEY: state.apiKey };

  it("is refused before anything happens, and no matter while the key stays", async () => {
    expect(await failureOf(startAt(0, own).ask({}, rotation))).toContain(
      `could not revoke API key ${keyId}: it is the key that the provider itself authenticates with`,
    );
    expect(await startAt(0, own).ask({}, {})).toEqual(nothing);
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
});

describe("a key that another resource of the program holds as well", () => {
  it("draws a warning in every run", async () => {
    const { ask, notices } = startAt();
    await ask({}, {}, "other");
    expect((await ask({}, {})).changes).toBe(false);
    const held = `another resource of this program holds it too: ${urnOf("other")}. `;
    expect(notices).toEqual([containing(held)]);
    expect(notices[0]).toMatch(
      /^warning: two owners of .* Remove one of the two resources from the program/,
    );
  });

  it("is not rotated", async () => {
    const { ask } = startAt();
    await ask({}, {}, "other");
    expect(await failureOf(ask({}, { rotationTrigger: 1 }))).toContain(
      `could not rotate API key "${state.name}" (${keyId}): another resource`,
    );
  });
});
