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
  { resourceName: "deployer", rotationTrigger: null, rotateAfter: "30d", verify: false },
  { ...byMail(" deployer@localhost "), allowSelfRevoke: true },
  { userId: userId.toUpperCase(), name: "ключ 🔑", rotationTrigger: { a: [1, "b", { c: true }] } },
  { name: "n".repeat(128), dateExpire: "2026-11-01T00:00:01Z" }, // a second from now
  { dateExpire: "2031-06-30t23:59:59.123456z" },
  { dateExpire: "2032-02-29T02:00:00+02:00" },
  { dateExpire: "2031-06-30T00:00:00-11:30" },
  { rotateBeforeExpiry: "47h", expiresIn: "2d" },
  { ...adoption, expiresIn: "1d 12h" },
  { ...adoption, adoptApiKey: "plaintext" },
])("args that are fine draw no remark: %j", async (args) => {
  expect(await mistakesIn(args)).toEqual([]);
});

it.each<Args>([
  { userId: unknown, name: unknown, dateExpire: unknown, rotationTrigger: { nested: [unknown] } },
  { expiresIn: unknown, verify: unknown, adoptKeyId: unknown, adoptApiKey: unknown },
  byMail(unknown),
  { rotateBeforeExpiry: unknown, expiresIn: "2d" },
  { rotateBeforeExpiry: "2d", expiresIn: unknown },
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
    [{ userId: "  " }, "userId: must not be empty"],
    [{ userId: 7 }, "userId: must be text"],
    [{ userId: "a@example.com" }, "userId: must be a UUID"],
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
    [{ name: "bell\u0007" }, "name: must not hold line breaks or control characters"],
    [{ name: "n".repeat(129) }, "name: must be at most 128 characters"],
    [{ dateExpire: 1_900_000_000 }, "dateExpire: must be text"],
    [{ dateExpire: "2026-10-31T23:59:59Z" }, "dateExpire is in the past"],
    [{ dateExpire: "2026-11-01T00:00:00Z" }, "dateExpire is in the past"], // right now
    [{ dateExpire, expiresIn: "90d" }, "dateExpire and expiresIn are both"],
    [{ expiresIn: 90 }, "expiresIn: must be text such as 90d"],
    [{ expiresIn: "soon" }, "expiresIn: write a number and a unit"],
    [{ rotationTrigger: () => 1 }, "rotationTrigger: must be a JSON value"],
    [{ rotationTrigger: [{ deep: Infinity }] }, "rotationTrigger: must be a JSON value"],
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
  ])("%j: %s", async (args, says) => {
    expect(await mistakesIn(args)).toEqual([containing(says)]);
  });

  it.each([
    "2031-06-30",
    "2031-06-30T00:00:00",
    "2031-06-30 00:00:00Z",
    "2031-06-30T00:00:00.Z",
    "(on) 2031-06-30T00:00:00Z",
    "2031-06-30T00:00:00Z (noon)",
    "2031-06-30T25:00:00Z",
    "2031-02-31T00:00:00Z",
  ])("%j is no time", async (text) => {
    const says = containing("dateExpire: must be an RFC 3339 time");
    expect(await mistakesIn({ dateExpire: text })).toEqual([says]);
  });

  it("null is no user", async () => {
    expect(await mistakesIn({ userId: null })).toContainEqual(containing("userEmail is missing"));
  });
});

describe("what is not an arg draws a remark that names all args, or the one that may be meant", () => {
  const keyShape = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const all =
    "(userId, userEmail, name, dateExpire, expiresIn, rotationTrigger, " +
    "rotateAfter, rotateBeforeExpiry, verify, adoptKeyId, adoptApiKey, allowSelfRevoke)";

  it.each([
    [
      "rotationTriger",
      `"rotationTriger" is not one of its args ${all}; did you mean rotationTrigger?`,
    ],
    ["user_id", "; did you mean userId?"],
    ["user-email", "; did you mean userEmail?"],
    ["expires", "; did you mean expiresIn?"],
    ["nam", "; did you mean name?"],
    ["toString", '"toString" is not one of its args'],
    // It is named so that it is safe to print.
    ["x".repeat(60), `"${"x".repeat(60)}" is not one of its args`],
    ["x".repeat(61), `"${"x".repeat(60)}…" is not one of its args`],
    ["a\nb\u001bc", '"a b c" is not one of its args'],
    [keyShape, `a property named like an API key is not one of its args ${all}`],
  ])("%j: %s", async (name, says) => {
    expect(await mistakesIn({ [name]: 1 })).toEqual([containing(says)]);
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

it.each<[says: string, args: Args]>([
  ["adoptApiKey: ", { ...adoption, adoptApiKey: "a\nsecret" }],
  ["adoptApiKey needs adoptKeyId", { adoptApiKey: "a secret" }],
])(
  "the engine is told no value, nor a property, whose value it would print: %s",
  async (...row) => {
    const [says, args] = row;
    const { failures } = await startProcess().check({}, { ...key, ...args });
    expect(failures).toEqual([{ property: "", reason: containing(says) }]);
    expect(failures[0]!.reason).not.toContain("secret");
  },
);

it("inputs come back as they were given, with all that is unknown in them; only adoptApiKey is marked secret", async () => {
  const unknowns = { name: unknown, rotationTrigger: { b: 1, a: [null] }, __provider: "" };
  const news = { ...key, ...unknowns, ...adoption, adoptApiKey: "plaintext" };
  const inputs = { ...news, adoptApiKey: marked("plaintext") };
  expect(await startProcess().check({}, news)).toEqual({ inputs, failures: [] });
});

it("a key may outlive its expiry, and cannot be given another one that has passed", async () => {
  const past = { dateExpire: "2026-10-01T00:00:00Z" };
  const earlier = { dateExpire: "2026-09-01T00:00:00Z" };
  expect(await mistakesIn(past, { ...key, ...past })).toEqual([]);
  expect(await mistakesIn(past, { ...key, ...earlier })).toEqual([
    containing("dateExpire is in the past"),
  ]);
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

  const isNew = (process: Process) => process.check({}, first);
  const isRecorded = async (process: Process) => {
    await process.check(first, first);
    await process.diff("id", state, first);
  };
  const isRotatedAway = async (process: Process) => {
    await process.check(first, first);
    await process.diff("id", { ...state, keyId: "newer", previousKeyId: keyId }, first);
  };

  it.each<[what: string, happens: (process: Process) => unknown, olds: Args, says: string[]]>([
    ["is refused where both are new", isNew, {}, refused],
    ["is refused if state has the first", isRecorded, {}, refused],
    ["is refused where the first is the new one", isNew, second, refused],
    ["is fine where state has both: diff warns", isRecorded, second, []],
    ["is fine of a key rotated away", isRotatedAway, {}, []],
  ])("%s", async (_what, happens, olds, says) => {
    const process = startProcess();
    await happens(process);
    expect(await reasonsOf(process, second, olds)).toEqual(says);
  });
});
