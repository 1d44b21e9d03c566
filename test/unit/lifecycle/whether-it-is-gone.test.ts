/** A key that a refresh does not find: what counts as "gone", and what never does. */
import type { KeyState } from "../../../provider/keys/state";
import { respond } from "../../emulator";
import { assume } from "../../support/assume";
import { failureOf, keysPath, type RunOptions, startRun } from "./run";

// What Vultr answers to a key that is gone, and to one of a user who is shown to be refused.
assume({
  deletedKeyUsed: "401",
  refusalSent: "as-status",
  deletedKeyListedForMs: 0,
  otherFields: "documented",
  weakAccount: 200,
  emptyAllowlist: "allow",
});

/** A run with a key that was deleted by hand, or whose user was. */
async function runWithoutKey(
  is: "deleted" | "userless" | "listed" = "deleted",
  options?: RunOptions,
) {
  const run = await startRun(options);
  const key = run.vultr.addKey(run.userId, { settled: options?.switches?.newKey === undefined });
  run.vultr.addKey(run.userId); // another one, which is there
  if (is === "deleted") run.vultr.deleteKey(key.id);
  if (is === "userless") run.vultr.removeUser(run.userId);
  const state = run.stateOf(key);
  return { ...run, key, state, refresh: (as: Partial<KeyState> = state) => run.read(as) };
}

const withoutPlaintext = ({ apiKey: _, ...state }: KeyState) => state;
const unverified = ({ verifiedAt: _, ...state }: KeyState) => state;

const twoLooks = ["GET keys", "GET keys"];
const twoTries = ["GET account", "GET account"];
const lookForUser = ["GET keys", "GET user", "GET users"];
const otherOrganisation = "of the organisation that the key belongs to";

describe("a key is gone once two lists, a second apart, do not show it", () => {
  it.each<[what: string, stateOf: (state: KeyState) => Partial<KeyState>, options?: RunOptions]>([
    ["and it is refused", (state) => state],
    [
      "and it is refused (other text)",
      (state) => state,
      { switches: { deletedKeyUsed: "401-other-text" } },
    ],
    ["and it is refused, although it was never seen to authenticate", unverified],
    ["where its plaintext is not known: the list alone decides", withoutPlaintext],
  ])("%s", async (...[, stateOf, options]) => {
    await using run = await runWithoutKey("deleted", options);
    const state = stateOf(run.state);
    expect(await run.refresh(state)).toEqual({});
    expect(run.gapsMs("GET keys")).toEqual([1_000]);
    expect(run.sent()).toEqual([...twoLooks, ...("apiKey" in state ? twoTries : [])]);
  });

  it("but not if the second one does", async () => {
    const newKey = { listedAfterMs: 500, usableAfterMs: 0 };
    await using run = await runWithoutKey("listed", { switches: { newKey } });
    expect(await run.refresh()).toMatchObject({ props: { keyId: run.key.id } });
    expect(run.gapsMs("GET keys")).toEqual([1_000]);
  });
});

describe("a key is not gone where it is", () => {
  const answer = (status: number, body: { json?: object; html?: string }, count = 1) =>
    respond({ status, ...body }, { path: "/account", count });
  const address = { error: "Unauthorized IP address: 203.0.113.7" };
  const known = `could not tell whether .* is gone: Vultr does not list it .*${otherOrganisation}`;

  it.each([
    ["accepted", answer(200, { json: { account: {} } }), "yet the key authenticates"],
    [
      "forbidden, which only a good key is told",
      answer(403, { json: { error: "Forbidden." } }),
      'yet answers the key with "Forbidden."',
    ],
    [
      "known, from an address that may not use it",
      answer(401, { json: address }),
      "yet answers .*Unauthorized IP address",
    ],
  ])("%s", async (_what, fault, says) => {
    await using run = await runWithoutKey("deleted", { faults: [fault] });
    const message = await failureOf(run.refresh());
    expect(message).toMatch(new RegExp(`^${known}`));
    expect(message).toMatch(new RegExp(says));
  });

  it.each([
    {
      what: "a page that wants a login",
      status: 401,
      html: "<p>Log in</p>",
      says: /^could not tell whether .* is gone: what answers the key is not Vultr: an HTML page\. Check vultr:apiUrl/,
    },
    {
      what: "a firewall",
      status: 403,
      html: "<p>Blocked</p>",
      says: /^could not use the API key: Vultr answered 403, an HTML page/,
    },
    {
      what: "an outage",
      status: 502,
      html: "<p>Sorry</p>",
      says: /^could not use the API key: Vultr answered 502, an HTML page/,
    },
  ])("tried, and $what answers in Vultr's place", async ({ status, html, says }) => {
    await using run = await runWithoutKey("deleted", {
      faults: [answer(status, { html }, Infinity)],
    });
    expect(await failureOf(run.refresh())).toMatch(says);
  });

  it.each([
    ["whose API access is off", "API access is off for user"],
    ["who is suspended", "is suspended, and Vultr may refuse"],
  ])("forbidden as all keys of a user %s: that is said", async (what, says) => {
    const fault = answer(403, { json: { error: "Forbidden." } });
    await using run = await runWithoutKey("deleted", { faults: [fault] });
    if (what.includes("suspended")) run.vultr.setStatus(run.userId, "suspended");
    else run.vultr.setApiEnabled(run.userId, false);
    const message = await failureOf(run.refresh());
    expect(message).toContain(`does not list it, yet answers the key with "Forbidden.", and`);
    expect(message).toContain(says);
    expect(message).toContain("Then run again.");
  });

  it("refused once, as a young key may be: it is tried again, a second later", async () => {
    await using run = await runWithoutKey("listed", { switches: { newKey: "flapping" } });
    const none = { status: 200, json: { api_keys: [] } };
    run.vultr.inject(respond(none, { path: keysPath, count: 2 }));
    expect(await failureOf(run.refresh())).toMatch(new RegExp(`^${known}`));
    expect(run.gapsMs("GET account")).toEqual([1_000]);
  });

  it("in another organisation than the credential", async () => {
    await using run = await startRun();
    const theirs = run.vultr.addUser({ organisation: "theirs" });
    const says = await failureOf(run.read(run.stateOf(run.vultr.addKey(theirs.id))));
    expect(says).toContain("yet the key authenticates");
    expect(says).toContain(otherOrganisation);
  });

  it("on the second page of a list that says that there is more", async () => {
    await using run = await runWithoutKey("listed");
    const json = { api_keys: [], meta: { total: 2, links: { next: "page-2" } } };
    run.vultr.inject(respond({ status: 200, json }, { path: keysPath }));
    expect(await run.refresh()).toMatchObject({ props: { keyId: run.key.id } });
    expect(run.vultr.requests.map(({ query }) => query)).toEqual(["", "cursor=page-2"]);
  });
});

describe.each([404, 400] as const)(
  "where Vultr answers %i about users it does not know",
  (status) => {
    const switches = { unknownUser: status };
    const twice = [...lookForUser, ...lookForUser];

    it("a user that is missing by id and in the full listing has no keys: the key itself is tried", async () => {
      await using run = await runWithoutKey("userless", { switches });
      expect(await run.refresh()).toEqual({});
      expect(run.sent()).toEqual([...twice, ...twoTries]);
    });

    it.each([
      {
        what: "one that was never seen to authenticate may never have worked",
        stateOf: unverified,
        says: "that it refuses the key proves nothing: it was never seen to authenticate",
        last: twoTries,
      },
      {
        what: "one without a plaintext cannot be tried: the credential may be another organisation's",
        stateOf: withoutPlaintext,
        says: "without the plaintext the key cannot be tried",
        last: [],
      },
    ])("but $what", async ({ stateOf, says, last }) => {
      await using run = await runWithoutKey("userless", { switches });
      const message = await failureOf(run.refresh(stateOf(run.state)));
      const which = `API key ${run.key.id} of user ${run.userId} is gone: Vultr does not know its user`;
      expect(message).toContain(which);
      expect(message).toContain(says);
      expect(message).toContain(
        "Only if it is, and the user was deleted, run `pulumi state delete`",
      );
      expect(run.sent()).toEqual([...twice, ...last]);
    });

    it("nor is a user proven to be gone by a list with a row that names no id", async () => {
      const users = [{ email: "whose@example.com" }];
      const odd = respond({ status: 200, json: { users } }, { path: "/users", count: Infinity });
      await using run = await runWithoutKey("userless", { switches, faults: [odd] });
      expect(await failureOf(run.refresh())).toMatch(
        new RegExp(`^could not list the API keys .*Vultr answered ${status}`),
      );
    });

    it.each([
      { what: "that is still there", paths: [keysPath] },
      { what: "that is missing by id alone", paths: [keysPath, "/users/*"] },
    ])("a user $what has a list that could not be read", async ({ paths }) => {
      const faults = paths.map((path) => respond({ status }, { path }));
      await using run = await runWithoutKey("listed", { faults });
      expect(await failureOf(run.refresh())).toMatch(
        new RegExp(`^could not list the API keys .*Vultr answered ${status}`),
      );
      expect(run.sent()).toEqual(lookForUser.slice(0, 1 + paths.length));
    });
  },
);

describe("no list means that anything is gone", () => {
  const short = { api_keys: [], meta: { total: 1, links: { next: "" } } };

  it.each([
    { what: "but a refused credential", answer: { status: 401 }, says: "answered 401" },
    { what: "but a missing permission", answer: { status: 403 }, says: "answered 403" },
    { what: "but an odd status", answer: { status: 405 }, says: "answered 405" },
    {
      what: "but a login page",
      answer: { status: 401, html: "<p>Log in</p>" },
      says: "answered 401, an HTML page",
    },
    {
      what: "if it holds fewer keys than it counts",
      answer: { status: 200, json: short },
      says: "Vultr lists 0 of 1",
    },
  ])("$what", async ({ answer, says }) => {
    const fault = respond(answer, { path: keysPath, count: Infinity });
    await using run = await runWithoutKey("deleted", { faults: [fault] });
    const message = await failureOf(run.refresh());
    expect(message).toMatch(/^could not list the API keys/);
    expect(message).toContain(says);
    expect(new Set(run.sent())).toEqual(new Set(["GET keys"]));
  });
});
