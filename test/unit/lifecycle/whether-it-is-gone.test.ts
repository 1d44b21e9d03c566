/** A key that a refresh does not find: what counts as "gone", and what never does. */
import type { KeyState } from "../../../provider/keys/state";
import { respond } from "../../emulator";
import { assume } from "../../support/assume";
import {
  failureOf,
  keysPath,
  type KeyRun,
  listedAs,
  page,
  runWithKey,
  toProof,
  without,
} from "./run";

// What Vultr answers to a key that is gone, and to one of a user who is shown to be refused.
assume({
  deletedKeyUsed: "401",
  refusalSent: "as-status",
  deletedKeyListedForMs: 0,
  otherFields: "documented",
  weakAccount: 200,
  emptyAllowlist: "allow",
});

/** A run with a key that somebody deleted by hand, beside one that is there. */
async function runWithDeletedKey(options: Parameters<typeof runWithKey>[0] = {}) {
  const run = await runWithKey(options);
  run.vultr.addKey(run.userId);
  run.vultr.deleteKey(run.key.id);
  return run;
}

/** A run with a key of a user who is removed. */
async function runWithoutUser(options: Parameters<typeof runWithKey>[0] = {}) {
  const run = await runWithKey(options);
  run.vultr.removeUser(run.userId);
  return run;
}

const refresh = (run: KeyRun) => run.read(run.state);
const withoutPlaintext = (state: KeyState) => without(state, "apiKey");
const unverified = (state: KeyState) => without(state, "verifiedAt");

const twoLooks = ["GET keys", "GET keys"];
const twoTries = ["GET account", "GET account"];
const lookForUser = ["GET keys", "GET user", "GET users"];

describe("a key is gone once two lists, a second apart, do not show it", () => {
  it.each<[what: string, stateOf: (state: KeyState) => Partial<KeyState>, tries: string[]]>([
    ["and it is refused", (state) => state, twoTries],
    ["and it is refused, although it was never seen to authenticate", unverified, twoTries],
    ["where its plaintext is not known: the list alone decides", withoutPlaintext, []],
  ])("%s", async (_what, stateOf, tries) => {
    await using run = await runWithDeletedKey();
    expect(await run.read(stateOf(run.state))).toEqual({});
    expect(run.gapsMs("GET keys")).toEqual([1_000]);
    expect(run.sent()).toEqual([...twoLooks, ...tries]);
  });

  it("but not if the second one does", async () => {
    await using run = await runWithKey({ faults: [listedAs([])] });
    expect(await refresh(run)).toMatchObject({ props: { keyId: run.key.id } });
    expect(run.gapsMs("GET keys")).toEqual([1_000]);
  });
});

describe("a key is not gone where it is", () => {
  const forbidden = toProof(403, { json: { error: "Forbidden." } });
  const address = toProof(401, { json: { error: "Unauthorized IP address: 203.0.113.7" } });
  const known =
    /^could not tell whether .* is gone: Vultr does not list it .* of the organisation that the key belongs to/;

  it.each([
    ["accepted", toProof(200, { json: { account: {} } }), /yet the key authenticates/],
    [
      "forbidden, which only a good key is told",
      forbidden,
      /yet answers the key with "Forbidden."/,
    ],
    [
      "known, from an address that may not use it",
      address,
      /yet answers .*Unauthorized IP address/,
    ],
  ])("%s", async (_what, fault, says) => {
    await using run = await runWithDeletedKey({ faults: [fault] });
    const message = await failureOf(refresh(run));
    expect(message).toMatch(known);
    expect(message).toMatch(says);
  });

  it.each([
    [
      "a page that wants a login",
      401,
      /^could not tell whether .* is gone: what answers the key is not Vultr: an HTML page\. Check vultr:apiUrl/,
    ],
    ["a firewall", 403, /^could not use the API key: Vultr answered 403, an HTML page/],
  ])("tried, and %s answers in Vultr's place", async (_what, status, says) => {
    await using run = await runWithDeletedKey({ faults: [toProof(status, page, Infinity)] });
    expect(await failureOf(refresh(run))).toMatch(says);
  });

  it("forbidden as all keys of a user whose API access is off: that is said", async () => {
    await using run = await runWithDeletedKey({ faults: [forbidden] });
    run.vultr.setApiEnabled(run.userId, false);
    const message = await failureOf(refresh(run));
    expect(message).toMatch(/does not list it, yet answers the key with "Forbidden.", and API/);
    expect(message).toContain(`API access is off for user ${run.userId}`);
    expect(message).toContain("Then run again.");
  });

  it("of a user whom the credential does not see, as with that of another organisation", async () => {
    await using run = await runWithKey();
    const theirs = run.vultr.addUser({ organisation: "theirs" });
    const message = await failureOf(run.read(run.stateOf(run.vultr.addKey(theirs.id))));
    expect(message).toMatch(known);
    expect(message).toContain("yet the key authenticates");
  });

  it("refused once, as a young key may be: it is tried again, a second later", async () => {
    const switches = { newKey: "flapping" } as const;
    await using run = await runWithKey({ switches, key: { settled: false } });
    run.vultr.inject(listedAs([], { count: 2 }));
    expect(await failureOf(refresh(run))).toMatch(known);
    expect(run.gapsMs("GET account")).toEqual([1_000]);
  });
});

describe("a user whom Vultr does not know", () => {
  const twice = [...lookForUser, ...lookForUser];

  it.each([404, 400] as const)(
    "by id (%i) and in the full listing has no keys: the key itself is tried",
    async (unknownUser) => {
      await using run = await runWithoutUser({ switches: { unknownUser } });
      expect(await refresh(run)).toEqual({});
      expect(run.sent()).toEqual([...twice, ...twoTries]);
    },
  );

  it.each([
    {
      what: "the key may never have worked",
      stateOf: unverified,
      says: "that it refuses the key proves nothing: it was never seen to authenticate",
      last: twoTries,
    },
    {
      what: "the key cannot be tried: the credential may be another organisation's",
      stateOf: withoutPlaintext,
      says: "without the plaintext the key cannot be tried",
      last: [],
    },
  ])("proves nothing if $what", async ({ stateOf, says, last }) => {
    await using run = await runWithoutUser();
    const message = await failureOf(run.read(stateOf(run.state)));
    const which = `API key ${run.key.id} of user ${run.userId} is gone: Vultr does not know its user`;
    expect(message).toContain(which);
    expect(message).toContain(says);
    expect(message).toContain("Only if it is, and the user was deleted, run `pulumi state delete`");
    expect(run.sent()).toEqual([...twice, ...last]);
  });

  it("may be one whose list could not be read, if a row of the full listing names no id", async () => {
    const users = [{ email: "whose@example.com" }];
    const odd = respond({ status: 200, json: { users } }, { path: "/users", count: Infinity });
    await using run = await runWithoutUser({ faults: [odd] });
    expect(await failureOf(refresh(run))).toMatch(
      /^could not list the API keys .*Vultr answered 40/,
    );
  });
});

describe("no list means that anything is gone", () => {
  const short = { api_keys: [], meta: { total: 1, links: { next: "" } } };

  it.each([
    ["but a refused credential", { status: 401 }, "answered 401"],
    ["but a missing permission", { status: 403 }, "answered 403"],
    ["but a login page", { status: 401, ...page }, "answered 401, an HTML page"],
    ["if it holds fewer keys than it counts", { status: 200, json: short }, "Vultr lists 0 of 1"],
  ])("%s", async (_what, answer, says) => {
    const fault = respond(answer, { path: keysPath, count: Infinity });
    await using run = await runWithDeletedKey({ faults: [fault] });
    const message = await failureOf(refresh(run));
    expect(message).toMatch(/^could not list the API keys/);
    expect(message).toContain(says);
    expect(new Set(run.sent())).toEqual(new Set(["GET keys"]));
  });
});
