import { unknownValue } from "@pulumi/pulumi/runtime";

import { check, type CheckContext } from "../../../provider/lifecycle/check";
import { createRunMemory } from "../../../provider/lifecycle/run-memory";

const userId = "5c1d0000-0000-4000-8000-000000000001";
const keyId = "0b5e0000-0000-4000-8000-000000000002";
const nowMs = Date.UTC(2026, 10, 1);

type Args = Record<string, unknown>;

/** What check says of a key of one user with these args, a sentence each. */
function mistakesIn(args: Args, olds: Args = {}): string[] {
  return answerTo({ userId, ...args }, olds).failures.map((failure) => failure.reason);
}

function answerTo(news: Args, olds: Args = {}, more: Partial<CheckContext> = {}) {
  const settings = { apiKey: undefined, apiUrl: undefined, requestsPerSecond: undefined };
  return check(olds, news, { settings, memory: createRunMemory(), nowMs, ...more });
}

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
    const settings = { apiKey: undefined, apiUrl: undefined, requestsPerSecond: "0" };
    const { failures } = answerTo({ name: "", verify: 1 }, {}, { settings });
    expect(failures.map((failure) => failure.reason)).toEqual([
      containing("vultr:requestsPerSecond"),
      containing("name: "),
      containing("verify: "),
      containing("userId or userEmail"),
    ]);
  });

  it("the engine is told no property, for it would print the value", () => {
    const { failures } = answerTo({ userId, adoptKeyId: keyId, adoptApiKey: "a\nsecret" });
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

  it("the args that there are follow, but for the one that people do not write", () => {
    const [reason] = mistakesIn({ nmae: "ci" });
    expect(reason).toContain("userId, userEmail, name, dateExpire");
    expect(reason).not.toContain("resourceName");
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
  const news = { userId, name: unknownValue, rotationTrigger: { b: 1, a: [null] }, __provider: "" };
  expect(answerTo(news).inputs).toEqual(news);
});

describe("a key that exists", () => {
  const dateExpire = "2026-10-01T00:00:00Z";

  it("is no mistake once its expiry has passed", () => {
    expect(mistakesIn({ dateExpire }, { userId, dateExpire })).toEqual([]);
  });

  it("cannot be given another expiry that has passed", () => {
    const olds = { userId, dateExpire: "2026-09-01T00:00:00Z" };
    expect(mistakesIn({ dateExpire }, olds)).toEqual([containing("dateExpire is in the past")]);
  });

  it.each([
    { was: {}, is: { adoptKeyId: keyId }, what: "adopt a key" },
    { was: { adoptKeyId: userId }, is: { adoptKeyId: keyId }, what: "adopt another key" },
  ])("cannot $what", ({ was, is }) => {
    expect(mistakesIn(is, { userId, ...was })).toEqual([containing("adoptKeyId cannot be added")]);
  });

  it.each([
    { was: { adoptKeyId: keyId }, is: { adoptKeyId: keyId }, what: "go on naming its adoption" },
    { was: { adoptKeyId: keyId }, is: {}, what: "stop naming its adoption" },
  ])("may $what", ({ was, is }) => {
    expect(mistakesIn(is, { userId, ...was })).toEqual([]);
  });
});

describe("the run remembers", () => {
  it("that a key with these args exists, so that a create with them is a replacement", () => {
    const memory = createRunMemory();
    answerTo({ userId, __provider: "text" }, { userId }, { memory });
    expect(memory.isReplacement({ userId })).toBe(true);
  });

  it("nothing of a key that is new", () => {
    const memory = createRunMemory();
    answerTo({ userId }, {}, { memory });
    expect(memory.isReplacement({ userId })).toBe(false);
  });
});
