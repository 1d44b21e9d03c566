import { specialSecretSig, specialSigKey, unknownValue } from "@pulumi/pulumi/runtime";

import type { RawSettings } from "../../../provider/settings";
import { check } from "../../../provider/lifecycle/check";
import { createRunMemory, type RunMemory } from "../../../provider/keys/run-memory";
import type { KeyState } from "../../../provider/keys/state";
import { systemClock } from "../../../provider/vultr/clock";

const userId = "5c1d0000-0000-4000-8000-000000000001";
const keyId = "0b5e0000-0000-4000-8000-000000000002";
const nowMs = Date.UTC(2026, 10, 1);

type Args = Record<string, unknown>;

const unset: RawSettings = {
  isExplicitProvider: false,
  apiKey: undefined,
  apiUrl: undefined,
  requestsPerSecond: undefined,
};

const resourceUrn = "urn:pulumi:dev::app::pulumi-nodejs:dynamic/vultr:UserApiKey::deployer";

/** What check says of a key of one user with these args, a sentence each. */
function mistakesIn(args: Args, olds: Args = {}): string[] {
  return answerTo({ userId, resourceUrn, ...args }, olds).failures.map((failure) => failure.reason);
}

function answerTo(
  news: Args,
  olds: Args = {},
  more: { settings?: RawSettings; memory?: RunMemory } = {},
) {
  const { settings = unset, memory = createRunMemory() } = more;
  const clock = { ...systemClock, now: () => nowMs };
  return check({ settings: () => settings, memory, clock, notify: fail }, olds, news);
}

const fail = (notice: string) => {
  throw new Error(`check tells people nothing: ${notice}`);
};

const containing = (text: string) => expect.stringContaining(text) as string;

describe("args that are fine draw no remark", () => {
  it.each<Args>([
    {},
    { resourceName: "deployer" },
    { userId: undefined, userEmail: "deployer@example.com" },
    { userId: undefined, userEmail: " deployer@localhost " },
    { userId: userId.toUpperCase() },
    { name: "n".repeat(128) },
    { name: "ключ 🔑" },
    { dateExpire: "2031-06-30T00:00:00Z" },
    { dateExpire: "2031-06-30t23:59:59.123456z" },
    { dateExpire: "2032-02-29T02:00:00+02:00" },
    { dateExpire: "2031-06-30T00:00:00-11:30" },
    { dateExpire: "2026-11-01T00:00:01Z" }, // a second from now
    { expiresIn: "90d" },
    { expiresIn: "1d 12h" },
    { rotationTrigger: null },
    { rotationTrigger: { a: [1, "b", { c: true }] } },
    { rotateAfter: "30d" },
    { rotateBeforeExpiry: "14d", expiresIn: "90d" },
    { rotateBeforeExpiry: "47h", expiresIn: "2d" },
    { verify: false },
    { adoptKeyId: keyId },
    { adoptKeyId: keyId, adoptApiKey: "plaintext" },
    { allowSelfRevoke: true },
  ])("%j", (args) => {
    expect(mistakesIn(args)).toEqual([]);
  });
});

describe("one mistake draws one remark, which names the property and says what to write", () => {
  it.each<[Args, string]>([
    [{ userId: undefined }, "userId or userEmail is missing"],
    [{ userEmail: "a@example.com" }, "userId and userEmail are both given"],
    [{ userId: "" }, "userId: must not be empty"],
    [{ userId: "  " }, "userId: must not be empty"],
    [{ userId: 7 }, "userId: must be text"],
    [{ userId: "a@example.com" }, "userId: must be a UUID"],
    [{ userId: `${userId}0` }, "userId: must be a UUID"],
    [{ userId: `0${userId}` }, "userId: must be a UUID"],
    [{ userId: null, userEmail: "a@example.com" }, "userId: must be text"],
    [{ userEmail: null }, "userEmail: must be text"],
    [{ userId: undefined, userEmail: " " }, "userEmail: must not be empty"],
    [{ userId: undefined, userEmail: userId }, "userEmail: must be an e-mail address"],
    [{ userId: undefined, userEmail: "@example.com" }, "userEmail: must be an e-mail address"],
    [{ userId: undefined, userEmail: "deployer@" }, "userEmail: must be an e-mail address"],
    [{ userId: undefined, userEmail: "a@b@c" }, "userEmail: must be an e-mail address"],
    [{ userId: undefined, userEmail: "a b@c" }, "userEmail: must be an e-mail address"],
    [{ userId: undefined, userEmail: "a@b c" }, "userEmail: must be an e-mail address"],
    [{ name: "" }, "name: must not be empty"],
    [{ name: ["ci"] }, "name: must be text"],
    [{ name: "one\ntwo" }, "name: must not hold line breaks"],
    [{ name: "bell\u0007" }, "name: must not hold line breaks or control characters"],
    [{ name: "n".repeat(129) }, "name: must be at most 128 characters"],
    [{ dateExpire: 1_900_000_000 }, "dateExpire: must be text"],
    [{ dateExpire: "next year" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "2031-06-30" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "2031-06-30T00:00:00" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "2031-06-30 00:00:00Z" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "2031-06-30T00:00:00.Z" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "2031-06-30T00:00:00Zulu" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "on 2031-06-30T00:00:00Z" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "(on) 2031-06-30T00:00:00Z" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "2031-06-30T00:00:00Z (noon)" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "2031-06-30T25:00:00Z" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "2031-02-31T00:00:00Z" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "2031-02-29T00:00:00Z" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "2031-13-01T00:00:00Z" }, "dateExpire: must be an RFC 3339 time"],
    [{ dateExpire: "2026-10-31T23:59:59Z" }, "dateExpire is in the past"],
    [{ dateExpire: "2026-11-01T00:00:00Z" }, "dateExpire is in the past"], // right now
    [{ dateExpire: "2031-06-30T00:00:00Z", expiresIn: "90d" }, "dateExpire and expiresIn are both"],
    [{ expiresIn: 90 }, "expiresIn: must be text such as 90d"],
    [{ expiresIn: "soon" }, "expiresIn: write a number and a unit"],
    [{ expiresIn: "3 months" }, "expiresIn: months and years differ in length"],
    [{ rotationTrigger: () => 1 }, "rotationTrigger: must be a JSON value"],
    [{ rotationTrigger: NaN }, "rotationTrigger: must be a JSON value"],
    [{ rotationTrigger: [{ deep: Infinity }] }, "rotationTrigger: must be a JSON value"],
    [{ rotationTrigger: { deep: undefined } }, "rotationTrigger: must be a JSON value"],
    [{ rotationTrigger: { fine: 1, deep: undefined } }, "rotationTrigger: must be a JSON value"],
    [{ resourceName: 1 }, "resourceName: must be text"],
    [{ resourceUrn: 1 }, "resourceUrn: must be text"],
    [{ rotateAfter: "0d" }, "rotateAfter: must be longer than nothing"],
    [{ rotateBeforeExpiry: "14d" }, "rotateBeforeExpiry needs an expiry"],
    [
      { rotateBeforeExpiry: "14d", dateExpire: "2031-06-30T00:00:00Z" },
      "rotateBeforeExpiry needs expiresIn rather than dateExpire",
    ],
    [{ rotateBeforeExpiry: "48h", expiresIn: "2d" }, "rotateBeforeExpiry must be shorter"],
    [{ rotateBeforeExpiry: "3d", expiresIn: "2d" }, "rotateBeforeExpiry must be shorter"],
    [{ rotateBeforeExpiry: "soon", expiresIn: "2d" }, "rotateBeforeExpiry: write a number"],
    [{ rotateBeforeExpiry: "1d", expiresIn: "soon" }, "expiresIn: write a number"],
    [{ rotateBeforeExpiry: 1, expiresIn: "2d" }, "rotateBeforeExpiry: must be text"],
    [{ verify: "yes" }, "verify: must be true or false"],
    [{ adoptKeyId: "mine" }, "adoptKeyId: must be a UUID"],
    [{ adoptApiKey: "plaintext" }, "adoptApiKey needs adoptKeyId"],
    [{ adoptKeyId: keyId, adoptApiKey: " " }, "adoptApiKey: must not be empty"],
    [{ allowSelfRevoke: 1 }, "allowSelfRevoke: must be true or false"],
    [{ rotationTriger: 1 }, '"rotationTriger" is not an arg'],
    [{ toString: 1 }, '"toString" is not an arg'],
    [{ constructor: 1 }, '"constructor" is not an arg'],
  ])("%j: %s", (args, says) => {
    expect(mistakesIn(args)).toEqual([containing(says)]);
  });

  it("null is no user", () => {
    expect(mistakesIn({ userId: null })).toContainEqual(containing("userEmail is missing"));
  });

  it("all mistakes are told at once, those of the settings first", () => {
    const settings = { ...unset, requestsPerSecond: "0" };
    const { failures } = answerTo({ resourceUrn, name: "", verify: 1 }, {}, { settings });
    expect(failures.map((failure) => failure.reason)).toEqual([
      containing("vultr:requestsPerSecond"),
      containing("name: "),
      containing("verify: "),
      containing("userId or userEmail"),
    ]);
  });

  it("the engine is told no property, for it would print the value", () => {
    const { failures } = answerTo({
      userId,
      resourceUrn,
      adoptKeyId: keyId,
      adoptApiKey: "a\nsecret",
    });
    expect(failures).toEqual([{ property: "", reason: containing("adoptApiKey: ") }]);
    expect(failures[0]!.reason).not.toContain("secret");
  });
});

describe("a misspelt arg is named so that it is safe to print", () => {
  it.each([
    ["x".repeat(60), `"${"x".repeat(60)}" is not an arg`],
    ["x".repeat(61), `"${"x".repeat(60)}…" is not an arg`],
    ["a\nb\u001bc", '"a b c" is not an arg'],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "a property named like an API key is not an arg"],
  ])("%j: %s", (name, says) => {
    expect(mistakesIn({ [name]: 1 })).toEqual([containing(says)]);
  });

  it("the args that there are follow, but for those that people do not write", () => {
    const [reason] = mistakesIn({ nmae: "ci" });
    expect(reason).toContain("userId, userEmail, name, dateExpire");
    expect(reason).not.toMatch(/resourceName|resourceUrn/);
  });
});

describe("a value that a preview does not know yet passes", () => {
  it.each<Args>([
    { userId: unknownValue },
    { userId: undefined, userEmail: unknownValue },
    { name: unknownValue },
    { dateExpire: unknownValue },
    { expiresIn: unknownValue },
    { rotationTrigger: { nested: [unknownValue] } },
    { rotateBeforeExpiry: unknownValue, expiresIn: "2d" },
    { rotateBeforeExpiry: "2d", expiresIn: unknownValue },
    { verify: unknownValue },
    { adoptKeyId: unknownValue, adoptApiKey: unknownValue },
  ])("%j", (args) => {
    expect(mistakesIn(args)).toEqual([]);
  });
});

it("inputs come back as they were given, with all that is unknown in them", () => {
  const news = {
    userId,
    resourceUrn,
    name: unknownValue,
    rotationTrigger: { b: 1, a: [null] },
    __provider: "",
  };
  expect(answerTo(news).inputs).toEqual(news);
});

describe("a key that exists", () => {
  const dateExpire = "2026-10-01T00:00:00Z";

  it("is no mistake once its expiry has passed", () => {
    expect(mistakesIn({ dateExpire }, { userId, resourceUrn, dateExpire })).toEqual([]);
  });

  it("cannot be given another expiry that has passed", () => {
    const olds = { userId, resourceUrn, dateExpire: "2026-09-01T00:00:00Z" };
    expect(mistakesIn({ dateExpire }, olds)).toEqual([containing("dateExpire is in the past")]);
  });

  it.each([
    { was: {}, is: { adoptKeyId: keyId }, what: "adopt a key" },
    { was: { adoptKeyId: userId }, is: { adoptKeyId: keyId }, what: "adopt another key" },
  ])("cannot $what", ({ was, is }) => {
    expect(mistakesIn(is, { userId, resourceUrn, ...was })).toEqual([
      containing("adoptKeyId cannot be added"),
    ]);
  });

  it.each([
    { was: { adoptKeyId: keyId }, is: { adoptKeyId: keyId }, what: "go on naming its adoption" },
    { was: { adoptKeyId: keyId }, is: {}, what: "stop naming its adoption" },
  ])("may $what", ({ was, is }) => {
    expect(mistakesIn(is, { userId, resourceUrn, ...was })).toEqual([]);
  });
});

it("the plaintext of an adopted key is marked secret, whatever a transform did to its mark", () => {
  const news = { userId, resourceUrn, adoptKeyId: keyId, adoptApiKey: "plaintext" };
  const marked = { [specialSigKey]: specialSecretSig, value: "plaintext" };
  expect(answerTo(news).inputs).toEqual({ ...news, adoptApiKey: marked });
});

describe("without its hidden input a resource has no identity", () => {
  const missing = containing("the hidden input resourceUrn is missing: a transform has dropped it");

  it.each<{ what: string; news: Args; olds: Args; says: unknown[] }>([
    { what: "a new resource", news: { resourceName: "a" }, olds: {}, says: [missing] },
    { what: "one without a name either", news: {}, olds: {}, says: [missing] },
    { what: "null is none", news: { resourceUrn: null }, olds: {}, says: [missing, anything()] },
    {
      what: "one that had it in the last run",
      news: { resourceName: "a" },
      olds: { resourceName: "a", resourceUrn },
      says: [missing],
    },
    {
      what: "one of 0.1.0, whose program has not run with this version: its name will do",
      news: { resourceName: "a" },
      olds: { resourceName: "a" },
      says: [],
    },
    {
      what: "one of 0.1.0 without a name",
      news: {},
      olds: { userId },
      says: [missing],
    },
  ])("$what", ({ news, olds, says }) => {
    const { failures } = answerTo({ userId, ...news }, olds);
    expect(failures.map(({ reason }) => reason)).toEqual(says);
  });

  function anything(): unknown {
    return expect.any(String);
  }
});

describe("an identity that two resources claim", () => {
  const news = { userId, resourceName: "deployer", resourceUrn };
  const claimedTwice = containing(`another resource of this program has the hidden input`);

  it("is refused with the way out", () => {
    const memory = createRunMemory();
    expect(answerTo(news, news, { memory }).failures).toEqual([]);
    const { failures } = answerTo(news, news, { memory });
    expect(failures).toEqual([{ property: "", reason: claimedTwice }]);
    expect(failures[0]!.reason).toContain('ignoreChanges: ["*"]');
    expect(failures[0]!.reason).toContain(resourceUrn);
  });

  it("is none where a replacement is checked again", () => {
    const memory = createRunMemory();
    answerTo(news, news, { memory });
    expect(answerTo(news, {}, { memory }).failures).toEqual([]);
  });

  it("is printed on one line", () => {
    const memory = createRunMemory();
    const odd = { ...news, resourceUrn: "urn\n::error::" };
    answerTo(odd, odd, { memory });
    expect(answerTo(odd, odd, { memory }).failures[0]!.reason).not.toContain("\n");
  });
});

describe("the run remembers that the resource is declared", () => {
  const news = { userId, resourceUrn, __provider: "text" };

  it.each([
    { what: "and in state", olds: { userId }, isKnownToEngine: true },
    { what: "and new", olds: {}, isKnownToEngine: false },
  ])("$what", ({ olds, isKnownToEngine }) => {
    const memory = createRunMemory();
    answerTo(news, olds, { memory });
    expect(memory.resource(resourceUrn)).toEqual({
      identity: resourceUrn,
      args: { userId, resourceUrn },
      isKnownToEngine,
    });
  });
});

describe("a second adoption of one key is refused", () => {
  const holder = { userId, resourceName: "first", resourceUrn: "urn:first", adoptKeyId: keyId };
  const second = { userId, resourceName: "second", resourceUrn: "urn:second", adoptKeyId: keyId };
  const refused = [containing(`adoptKeyId ${keyId} is the key of another resource`)];
  const reasonsOf = (memory: RunMemory, olds: Args = {}) =>
    answerTo(second, olds, { memory }).failures.map(({ reason }) => reason);

  const state = (more: Partial<KeyState> = {}): KeyState => ({
    keyId,
    userId,
    name: "by hand",
    createdAt: "2026-01-01T00:00:00Z",
    ...more,
  });

  it("where both are new, before either has adopted it", () => {
    const memory = createRunMemory();
    answerTo(holder, {}, { memory });
    const reasons = reasonsOf(memory);
    expect(reasons).toEqual(refused);
    expect(reasons[0]).toContain("(urn:first)");
  });

  it("where the other one has adopted it in this run", () => {
    const memory = createRunMemory();
    answerTo(holder, {}, { memory });
    memory.noteMade("urn:first", state());
    expect(reasonsOf(memory)).toEqual(refused);
  });

  it("where state records it for the other one", () => {
    const memory = createRunMemory();
    answerTo(holder, holder, { memory });
    memory.noteRecorded("urn:first", state(), false);
    expect(reasonsOf(memory)).toEqual(refused);
  });

  it("by the one that holds it already, where another is to adopt it now", () => {
    const memory = createRunMemory();
    answerTo(holder, {}, { memory });
    expect(reasonsOf(memory, second)).toEqual(refused);
  });

  it("but where state records it for both, diff warns and nothing else is stopped", () => {
    const memory = createRunMemory();
    answerTo(holder, holder, { memory });
    memory.noteRecorded("urn:first", state(), false);
    expect(reasonsOf(memory, second)).toEqual([]);
  });

  it("but not of a key that the other one has rotated away", () => {
    const memory = createRunMemory();
    answerTo(holder, holder, { memory });
    memory.noteRecorded("urn:first", state({ keyId: "newer", previousKeyId: keyId }), false);
    expect(reasonsOf(memory)).toEqual([]);
  });
});
