import { unknownValue as unknown } from "@pulumi/pulumi/runtime";

import type { KeyState } from "../../../provider/keys/state";
import { containing, marked, startProcess, urnOf } from "./run";

const userId = "5c1d0000-0000-4000-8000-000000000001";
const keyId = "0b5e0000-0000-4000-8000-000000000002";
const resourceUrn = urnOf("ci");
const key = { userId, resourceUrn };
const dateExpire = "2031-06-30T00:00:00Z";

type Args = Record<string, unknown>;
type Process = ReturnType<typeof startProcess>;

const reasonsOf = async ({ check }: Process, news: Args, olds: Args = {}) =>
  (await check(olds, news)).failures.map(({ reason }) => reason);

/** What check says of a key of one user with these args, a sentence each. */
const mistakesIn = (args: Args, olds: Args = {}) =>
  reasonsOf(startProcess(), { ...key, ...args }, olds);

const byMail = (userEmail: string) => ({ userId: undefined, userEmail });
const adoption = { adoptKeyId: keyId };

it.each<Args>([
  {},
  { resourceName: "deployer" },
  byMail("deployer@example.com"),
  byMail(" deployer@localhost "),
  { userId: userId.toUpperCase() },
  { name: "n".repeat(128) },
  { name: "ключ 🔑" },
  { dateExpire },
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
  adoption,
  { ...adoption, adoptApiKey: "plaintext" },
  { allowSelfRevoke: true },
])("args that are fine draw no remark: %j", async (args) => {
  expect(await mistakesIn(args)).toEqual([]);
});

it.each<Args>([
  { userId: unknown },
  byMail(unknown),
  { name: unknown },
  { dateExpire: unknown },
  { expiresIn: unknown },
  { rotationTrigger: { nested: [unknown] } },
  { rotateBeforeExpiry: unknown, expiresIn: "2d" },
  { rotateBeforeExpiry: "2d", expiresIn: unknown },
  { verify: unknown },
  { adoptKeyId: unknown, adoptApiKey: unknown },
  // One of the two may turn out not to be given.
  { userId: unknown, userEmail: unknown },
  { userEmail: unknown },
  { dateExpire: unknown, expiresIn: unknown },
  { dateExpire: unknown, expiresIn: "2d", rotateBeforeExpiry: "1d" },
])("a value that a preview does not know yet passes: %j", async (args) => {
  expect(await mistakesIn(args)).toEqual([]);
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
    [byMail(" "), "userEmail: must not be empty"],
    [byMail(userId), "userEmail: must be an e-mail address"],
    [byMail("@example.com"), "userEmail: must be an e-mail address"],
    [byMail("deployer@"), "userEmail: must be an e-mail address"],
    [byMail("a@b@c"), "userEmail: must be an e-mail address"],
    [byMail("a b@c"), "userEmail: must be an e-mail address"],
    [byMail("a@b c"), "userEmail: must be an e-mail address"],
    [{ name: "" }, "name: must not be empty"],
    [{ name: ["ci"] }, "name: must be text"],
    [{ name: "one\ntwo" }, "name: must not hold line breaks"],
    [{ name: "bell\u0007" }, "name: must not hold line breaks or control characters"],
    [{ name: "n".repeat(129) }, "name: must be at most 128 characters"],
    [{ dateExpire: 1_900_000_000 }, "dateExpire: must be text"],
    [{ dateExpire: "2026-10-31T23:59:59Z" }, "dateExpire is in the past"],
    [{ dateExpire: "2026-11-01T00:00:00Z" }, "dateExpire is in the past"], // right now
    [{ dateExpire, expiresIn: "90d" }, "dateExpire and expiresIn are both"],
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
    [{ rotateBeforeExpiry: "14d", dateExpire }, "rotateBeforeExpiry needs expiresIn rather than"],
    [{ rotateBeforeExpiry: "48h", expiresIn: "2d" }, "rotateBeforeExpiry must be shorter"],
    [{ rotateBeforeExpiry: "3d", expiresIn: "2d" }, "rotateBeforeExpiry must be shorter"],
    [{ rotateBeforeExpiry: "soon", expiresIn: "2d" }, "rotateBeforeExpiry: write a number"],
    [{ rotateBeforeExpiry: "1d", expiresIn: "soon" }, "expiresIn: write a number"],
    [{ rotateBeforeExpiry: 1, expiresIn: "2d" }, "rotateBeforeExpiry: must be text"],
    [{ verify: "yes" }, "verify: must be true or false"],
    [{ adoptKeyId: "mine" }, "adoptKeyId: must be a UUID"],
    [{ adoptApiKey: "plaintext" }, "adoptApiKey needs adoptKeyId"],
    [{ ...adoption, adoptApiKey: " " }, "adoptApiKey: must not be empty"],
    [{ allowSelfRevoke: 1 }, "allowSelfRevoke: must be true or false"],
    [{ rotationTriger: 1 }, "allowSelfRevoke); did you mean rotationTrigger?"],
    [{ rotateTrigger: 1 }, "; did you mean rotationTrigger?"],
    [{ expiresin: 1 }, "; did you mean expiresIn?"],
    [{ user_id: 1 }, "; did you mean userId?"],
    [{ "user-email": 1 }, "; did you mean userEmail?"],
    [{ expires: 1 }, "; did you mean expiresIn?"],
    [{ nam: 1 }, "; did you mean name?"],
    [{ verifyy: 1 }, "; did you mean verify?"],
    [
      { nmae: 1 },
      "rotateAfter, rotateBeforeExpiry, verify, adoptKeyId, adoptApiKey, allowSelfRevoke",
    ],
    [{ toString: 1 }, '"toString" is not one of its args'],
    [{ constructor: 1 }, '"constructor" is not one of its args'],
    // A misspelt arg is named so that it is safe to print.
    [{ ["x".repeat(60)]: 1 }, `"${"x".repeat(60)}" is not one of its args`],
    [{ ["x".repeat(61)]: 1 }, `"${"x".repeat(60)}…" is not one of its args`],
    [{ "a\nb\u001bc": 1 }, '"a b c" is not one of its args'],
    [
      { ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789: 1 },
      "a property named like an API key is not one of its args (userId, userEmail, name, dateExpire",
    ],
  ])("%j: %s", async (args, says) => {
    const mistakes = await mistakesIn(args);
    expect(mistakes).toEqual([containing(says)]);
    if (says.includes("is not one of its args"))
      expect(mistakes[0]).not.toMatch(/resourceName|resourceUrn/);
  });

  it.each([
    "next year",
    "2031-06-30",
    "2031-06-30T00:00:00",
    "2031-06-30 00:00:00Z",
    "2031-06-30T00:00:00.Z",
    "2031-06-30T00:00:00Zulu",
    "on 2031-06-30T00:00:00Z",
    "(on) 2031-06-30T00:00:00Z",
    "2031-06-30T00:00:00Z (noon)",
    "2031-06-30T25:00:00Z",
    "2031-02-31T00:00:00Z",
    "2031-02-29T00:00:00Z",
    "2031-13-01T00:00:00Z",
  ])("%j is no time", async (text) => {
    const says = containing("dateExpire: must be an RFC 3339 time");
    expect(await mistakesIn({ dateExpire: text })).toEqual([says]);
  });

  it("null is no user", async () => {
    expect(await mistakesIn({ userId: null })).toContainEqual(containing("userEmail is missing"));
  });
});

it("all mistakes are told at once, those of the settings first", async () => {
  const process = startProcess();
  process.configure({
    config: { get: (name) => (name === "vultr:requestsPerSecond" ? "0" : undefined) },
  });
  expect(await reasonsOf(process, { resourceUrn, name: "", verify: 1 })).toEqual([
    containing("vultr:requestsPerSecond"),
    containing("name: "),
    containing("verify: "),
    containing("userId or userEmail"),
  ]);
});

it("the engine is told no property, for it would print the value", async () => {
  const news = { ...key, ...adoption, adoptApiKey: "a\nsecret" };
  const { failures } = await startProcess().check({}, news);
  expect(failures).toEqual([{ property: "", reason: containing("adoptApiKey: ") }]);
  expect(failures[0]!.reason).not.toContain("secret");
});

it.each<{ what: string; args: Args; marks?: Args }>([
  {
    what: "with all that is unknown in them",
    args: { name: unknown, rotationTrigger: { b: 1, a: [null] }, __provider: "" },
  },
  {
    what: "but for the plaintext of an adopted key: it is marked secret, whatever a transform did to its mark",
    args: { ...adoption, adoptApiKey: "plaintext" },
    marks: { adoptApiKey: marked("plaintext") },
  },
])("inputs come back as they were given, $what", async ({ args, marks }) => {
  const news = { ...key, ...args };
  const inputs = { ...news, ...marks };
  expect(await startProcess().check({}, news)).toEqual({ inputs, failures: [] });
});

describe("a key that exists", () => {
  const past = "2026-10-01T00:00:00Z";
  const inThePast = [containing("dateExpire is in the past")];

  it.each<[what: string, was: Args, is: Args, says: string[]]>([
    ["may outlive its expiry", { dateExpire: past }, { dateExpire: past }, []],
    [
      "cannot be given another expiry that has passed",
      { dateExpire: "2026-09-01T00:00:00Z" },
      { dateExpire: past },
      inThePast,
    ],
  ])("%s", async (_what, was, is, says) => {
    expect(await mistakesIn(is, { ...key, ...was })).toEqual(says);
  });
});

describe("without its hidden input a resource has no identity", () => {
  const missing = containing("the hidden input resourceUrn is missing: a transform has dropped it");
  const named = { resourceName: "ci" };
  const dropped = { resourceUrn: undefined };

  it.each<[what: string, news: Args, olds: Args, says: unknown[]]>([
    ["a new resource", { ...dropped, ...named }, {}, [missing]],
    ["one without a name either", dropped, {}, [missing]],
    ["null is none", { resourceUrn: null }, {}, [missing, expect.any(String)]],
    ["one that had it", { ...dropped, ...named }, { ...named, resourceUrn }, [missing]],
    [
      "one of 0.1.0, not run with this version: its name will do",
      { ...dropped, ...named },
      named,
      [],
    ],
    ["one of 0.1.0 without a name", dropped, { userId }, [missing]],
  ])("%s", async (_what, news, olds, says) => {
    expect(await mistakesIn(news, olds)).toEqual(says);
  });
});

describe("an identity that two resources claim", () => {
  it("is refused with the way out, on one line", async () => {
    const process = startProcess();
    const odd = { userId, resourceUrn: "urn\n::error::" };
    for (const news of [key, odd]) {
      expect(await reasonsOf(process, news, news)).toEqual([]);
      const [reason, ...others] = await reasonsOf(process, news, news);
      expect(others).toEqual([]);
      expect(reason).toContain("another resource of this program has the hidden input resourceUrn");
      expect(reason).toContain(news.resourceUrn.replace("\n", " "));
      expect(reason).toContain('ignoreChanges: ["*"]');
      expect(reason).not.toContain("\n");
    }
  });

  it("is none where a replacement is checked again", async () => {
    const process = startProcess();
    await reasonsOf(process, key, key);
    expect(await reasonsOf(process, key)).toEqual([]);
  });
});

describe("a second adoption of one key", () => {
  const first = { ...key, resourceUrn: "urn:first", ...adoption };
  const second = { ...key, resourceUrn: "urn:second", ...adoption };
  const refused = [
    containing(`adoptKeyId ${keyId} is the key of another resource of this program (urn:first)`),
  ];
  const state: KeyState = { ...first, keyId, name: "by hand", createdAt: "2026-01-01T00:00:00Z" };
  const rotated = { keyId: "newer", previousKeyId: keyId };

  it.each<{ what: string; of: Args; diffed?: Partial<KeyState>; olds: Args; says: string[] }>([
    { what: "is refused where both are new", of: {}, olds: {}, says: refused },
    { what: "is refused if state has the first", of: first, diffed: {}, olds: {}, says: refused },
    { what: "is refused where the first is the new one", of: {}, olds: second, says: refused },
    {
      what: "is fine where state has both: diff warns",
      of: first,
      diffed: {},
      olds: second,
      says: [],
    },
    { what: "is fine of a key rotated away", of: first, diffed: rotated, olds: {}, says: [] },
  ])("$what", async ({ of, diffed, olds, says }) => {
    const process = startProcess();
    await process.check(of, first);
    if (diffed !== undefined) await process.diff("id", { ...state, ...diffed }, first);
    expect(await reasonsOf(process, second, olds)).toEqual(says);
  });
});
