import type { KeyInputs } from "../../../provider/keys/inputs";
import type { KeyState } from "../../../provider/keys/state";
import type { Transport } from "../../../provider/vultr/transport";
import { cut, deadKey, type Fault, respond, tooManyRequests } from "../../emulator";
import { assume } from "../../support/assume";
import {
  containing,
  failureOf,
  keyPath,
  type KeyRun,
  listedAs,
  page,
  type RunOptions,
  runWithKey,
  startRun,
  toProof,
  unlisted,
  urnOf,
} from "./run";

// Which answers mean that a key is gone, and which calls it takes to see them.
assume({
  deletedKeyUsed: "401",
  refusalSent: "as-status",
  weakAccount: 200,
  emptyAllowlist: "allow",
  deletedKeyListedForMs: 0,
});

/** What state has of the key: all, or no more than the id of the resource tells. */
type Known = (run: KeyRun) => Partial<KeyState>;
const all: Known = ({ state }) => state;
const idAlone: Known = () => ({});
const remove = (run: KeyRun, known = all) => run.end(known(run), `${run.userId}/${run.key.id}`);

const revoked = ["DELETE key", "GET keys"];
const looks = (count: number) => Array.from({ length: count }, () => "GET keys");
/** Absence counts once it was seen twice, and the key itself is tried twice. */
const refusedTwice = ["GET account", "GET account"];
const tried = [...revoked, "GET keys", ...refusedTwice];
const userMissing = ["GET keys", "GET user", "GET users"];
const refusal = (status: number, count = 1) => respond({ status }, { method: "DELETE", count });

type Happening = (run: KeyRun) => unknown;
const nothing: Happening = () => undefined;
const deleted: Happening = ({ vultr, key }) => {
  vultr.deleteKey(key.id);
};
const deletedWithItsUser: Happening = ({ vultr, userId }) => {
  vultr.removeUser(userId);
};

type Switches = NonNullable<RunOptions["switches"]>;

it.each<[what: string, happens: Happening, sent: string[], switches: Switches]>([
  ["is gone after Vultr's yes: together they are proof", nothing, revoked, {}],
  [
    "is gone when it is no longer listed, after growing pauses",
    nothing,
    ["DELETE key", ...looks(6)],
    { deletedKeyListedForMs: 13_500 },
  ],
  ["was gone already, and is refused (404)", deleted, tried, {}],
  ["was gone, and is refused (400)", deleted, tried, { missingKey: "400" }],
  ["was gone, and is refused (other text)", deleted, tried, { missingKey: "external-error" }],
  [
    "was gone already, and the list has not heard of it yet",
    deleted,
    ["DELETE key", ...looks(4), ...refusedTwice],
    { deletedKeyListedForMs: 1_400, missingKey: "404" },
  ],
  [
    "is gone with its user, and is refused",
    deletedWithItsUser,
    ["DELETE key", ...userMissing, ...userMissing, ...refusedTwice],
    {},
  ],
])("a deletion succeeds, for the key %s", async (_what, happens, sent, switches) => {
  await using run = await runWithKey({ switches });
  happens(run);
  await remove(run);
  expect(run.isAlive(run.key)).toBe(false);
  expect(run.sent()).toEqual(sent);
  expect(run.notices).toEqual([]);
});

describe("the deletion of a key whose plaintext state has not", () => {
  it("looks first whether it is the provider's own, by the ending that Vultr lists", async () => {
    await using run = await runWithKey({ switches: { otherFields: "documented" } });
    await remove(run, idAlone);
    expect(run.isAlive(run.key)).toBe(false);
    expect(run.sent()).toEqual(["GET keys", ...revoked]);
  });

  it("of a key without a listed ending does not take it for the provider's own", async () => {
    await using run = await runWithKey();
    run.vultr.inject(listedAs([{ id: run.key.id }]));
    await remove(run, idAlone);
    expect(run.isAlive(run.key)).toBe(false);
  });

  it("of a key that was gone already believes the list alone: the key cannot be tried", async () => {
    await using run = await runWithKey();
    deleted(run);
    await remove(run, idAlone);
    expect(run.sent()).toEqual([...looks(2), ...revoked, "GET keys"]);
  });

  it("of a key whose user is missing fails: that alone is no proof", async () => {
    await using run = await runWithKey();
    deletedWithItsUser(run);
    expect(await failureOf(remove(run, idAlone))).toMatch(
      /Vultr does not know its user.*pulumi state delete/,
    );
  });
});

it("where making keys is allowed and deleting is not, the missing right is named, and what stays alive", async () => {
  let apiKey = "";
  const around: RunOptions["around"] = (transport) => {
    transport.credential.use(apiKey);
    return transport;
  };
  await using run = await runWithKey({ switches: { deleteRight: "own" }, around });
  ({ apiKey } = run.vultr.addKey(run.vultr.addUser({ acls: ["manage_users"] }).id));
  const says = await failureOf(remove(run));
  for (const words of [
    `could not delete API key ${run.key.id} of user ${run.userId}: Vultr`,
    `may not delete keys, and API key ${run.key.id} is not seen to be gone`,
    "(`manage_users`)",
    "`account.user.Update` and `account.user.Delete`",
    `curl --fail -K - -X DELETE ${run.vultr.url}/users/${run.userId}/apikeys/`,
  ])
    expect(says).toContain(words);
  expect(run.sent()).toEqual(revoked);
});

it("a refused deletion gets no advice on creates: args of before would rotate once more", async () => {
  await using run = await runWithKey({ faults: [refusal(400)] });
  const says = await failureOf(remove(run));
  expect(says).toMatch(/Vultr answered 400, .*Vultr does not say more\.$/);
});

it("where deleting is not allowed, a key that somebody else has deleted is gone", async () => {
  await using run = await runWithKey();
  deleted(run);
  run.vultr.inject(respond({ status: 403, json: { error: "No." } }, { path: keyPath }));
  await remove(run);
  expect(run.sent().slice(0, 2)).toEqual(revoked);
});

const notDeleted = (status: number) => new RegExp(`^could not delete API key .*answered ${status}`);
const seenAlive = /yet the key authenticates/;
const mayNotDelete = /may not delete keys, and API key .* is not seen to be gone/;
const notListed = /^could not list the API keys .*answered 403/;
const forAMinute = ["DELETE key", ...looks(15)];

it.each<[what: string, known: Known, faults: Fault[], says: RegExp, sent: string[]]>([
  ["is said to be missing (404)", all, [refusal(404)], notDeleted(404), forAMinute],
  ["is said to be missing (400): one look will do", all, [refusal(400)], notDeleted(400), revoked],
  ["may not be deleted for another reason", all, [refusal(418)], notDeleted(418), ["DELETE key"]],
  ["may not be deleted, nor listed", all, [refusal(403), unlisted()], notDeleted(403), revoked],
  ["is missing, and may not be listed", all, [refusal(404), unlisted()], notListed, revoked],
  [
    "is missing and not listed, and authenticates",
    all,
    [refusal(404), listedAs([], { count: 2 })],
    seenAlive,
    tried.slice(0, -1),
  ],
  [
    "is missing, not listed once, and cannot be tried",
    idAlone,
    [refusal(404), listedAs([], { skip: 1 })],
    notDeleted(404),
    ["GET keys", ...forAMinute],
  ],
  [
    "is missing, not listed twice but in between, and cannot be tried",
    idAlone,
    [refusal(404), listedAs([], { skip: 1 }), listedAs([], { skip: 2 })],
    notDeleted(404),
    ["GET keys", ...forAMinute],
  ],
  [
    "may not be deleted, is not listed, and cannot be tried",
    idAlone,
    [refusal(403), listedAs([], { count: Infinity })],
    mayNotDelete,
    [...looks(2), ...revoked],
  ],
])("a deletion fails, and the key lives, if it %s", async (_what, known, faults, says, sent) => {
  await using run = await runWithKey({ faults });
  expect(await failureOf(remove(run, known))).toMatch(says);
  expect(run.sent()).toEqual(sent);
  expect(run.isAlive(run.key)).toBe(true);
});

describe("a deletion that Vultr accepts is not confirmed", () => {
  it.each<[what: string, fault: Fault, says: RegExp]>([
    ["if the list cannot be read", unlisted(), /could not list .*answered 403/],
    [
      "by a page with 401: it is no absence, and says nothing of the provider's own key",
      respond({ status: 401, ...page }, { method: "GET", count: Infinity }),
      /could not list .*answered 401.*Run the same command again; it looks once more/,
    ],
  ])("%s", async (_what, fault, says) => {
    await using run = await runWithKey({ faults: [fault] });
    const message = await failureOf(remove(run));
    expect(message).toMatch(/^could not confirm that API key .*Vultr accepted its deletion, but/);
    expect(message).toMatch(says);
    expect(run.isAlive(run.key)).toBe(false);
  });

  it("because of a bug of ours, which is told", async () => {
    const around: RunOptions["around"] = (transport) => ({
      ...transport,
      send: (request) =>
        request.method === "GET"
          ? Promise.reject(new TypeError("x is not a function"))
          : transport.send(request),
    });
    await using run = await runWithKey({ around });
    expect(await failureOf(remove(run))).toContain("should not: x is not a function.");
  });

  it("if nothing tells the provider's own key, and it is refused then: that is said", async () => {
    await using run = await startRun();
    const { vultr } = run;
    const { id } = vultr.keysOf(vultr.rootUserId)[0]!;
    vultr.inject(listedAs([{ id }]));
    const says = await failureOf(run.end({}, `${vultr.rootUserId}/${id}`));
    expect(says).toContain("It may have been the key that the provider authenticates with. Vultr");
    expect(says).toContain("Set a valid one");
  });
});

it("of an id that names no key Vultr can know nothing: nothing is sent", async () => {
  await using run = await startRun();
  await run.end({}, "no-such-id");
  expect(run.sent()).toEqual([]);
});

describe("a borrowed key that is not being rotated is not revoked with its resource", () => {
  it("also if Pulumi's id alone tells which it is: how to revoke it is said", async () => {
    await using run = await runWithKey();
    const { id } = run.key;
    await remove(run, () => ({ keyId: id, adoptKeyId: id }));
    await remove(run, () => ({ adoptKeyId: id }));
    expect(run.isAlive(run.key)).toBe(true);
    expect(run.sent()).toEqual([]);
    const how = `^API key ${id} .* is not revoked with this resource: it was adopted, and nothing in this run rotates it\\..* audit --stack <stack> --revoke ${id}\``;
    expect(run.notices).toEqual([1, 2].map(() => expect.stringMatching(how) as string));
  });

  it("and no such advice is given of a key that the program still has, as after --replace", async () => {
    await using run = await runWithKey();
    const adoption = { adoptKeyId: run.key.id };
    await run.make(adoption);
    await remove(run, ({ state }) => ({ ...state, ...adoption }));
    expect(run.isAlive(run.key)).toBe(true);
    expect(run.notices).toEqual([containing(`The program still has it: ${urnOf("ci")}.`)]);
  });
});

describe("a list that is behind is looked at again", () => {
  const forEver = { switches: { deletedKeyListedForMs: 3_600_000 } };

  it.each([0, 86_400_000, -86_400_000])(
    "for a minute, after which nobody can say that the key is gone, though the wall clock jumps by %i ms",
    async (jumpMs) => {
      await using run = await runWithKey(forEver);
      const startMs = run.clock.monotonicMs();
      const end = failureOf(remove(run));
      run.clock.jumpWallClock(jumpMs);
      const says = await end;
      expect(says).toMatch(/^could not confirm that API key .* is gone: .*Vultr still lists it/);
      expect(says).toContain(`-X DELETE ${run.vultr.url}`);
      const pausesMs = [500, 1_000, 2_000, ...Array.from({ length: 11 }, () => 5_000)];
      expect(run.gapsMs("GET keys")).toEqual(pausesMs);
      // And what the requests wait for their turns.
      expect(Math.floor((run.clock.monotonicMs() - startMs) / 100)).toBe(585);
    },
  );

  it("but not beyond the time for the verb", async () => {
    const wait = tooManyRequests({ retryAfterSeconds: 298.3 }, { method: "DELETE" });
    await using run = await runWithKey({ ...forEver, faults: [wait] });
    const deadlineMs = run.clock.monotonicMs() + 300_000;
    expect(await failureOf(remove(run))).toContain("Vultr still lists it");
    expect(run.clock.monotonicMs()).toBeLessThanOrEqual(deadlineMs);
    expect(run.count("GET keys")).toBe(3);
  });

  it("which may be over when the deletion is accepted: then nobody has looked", async () => {
    const wait = tooManyRequests({ retryAfterSeconds: 300 }, { method: "DELETE" });
    const around = (transport: Transport): Transport => ({
      ...transport,
      async send(request) {
        const answer = await transport.send(request);
        if (request.method === "DELETE") run.clock.advance(1);
        return answer;
      },
    });
    await using run = await runWithKey({ faults: [wait], around });
    expect(await failureOf(remove(run))).toContain("was over before it could be looked for");
    expect(run.sent()).toEqual(["DELETE key", "DELETE key"]);
  });
});

it.each([404, 400])(
  "a key that was made a moment ago, and does not prove itself, is taken back: its deletion is repeated while Vultr answers %i",
  async (status) => {
    await using run = await startRun({ faults: [deadKey(), refusal(status, 3)] });
    expect(await failureOf(run.make())).toContain("was deleted again, nothing else");
    expect(run.names()).toEqual([]);
    expect(run.gapsMs("DELETE key")).toEqual([500, 1_000, 2_000]);
    expect(run.sent().at(-1)).toBe("GET keys");
  },
);

describe("once a replaced key is gone, others that look like it are named, not deleted", () => {
  assume({ otherFields: "documented" });

  it.each([
    { name: "ci-dev-bcdefghj", args: {} },
    { name: "exact", args: { name: "exact" } },
  ])("$name, for $args", async ({ name, args }) => {
    await using run = await runWithKey();
    await run.known({ name: "another" }, "other");
    await run.rotate(run.state, { ...args, verify: false });
    const left = run.vultr.addKey(run.userId, { name });
    await remove(run);
    expect(run.notices).toEqual([containing(`"${name}" (${left.id})`)]);
    expect(run.isAlive(left)).toBe(true);
    expect(run.sent()).toEqual(["POST keys", ...revoked]);
  });

  it("but not at the end of a resource: nobody declares what its keys are called", async () => {
    await using run = await runWithKey();
    run.vultr.addKey(run.userId, { name: "ci-dev-bcdefghj" });
    await remove(run);
    expect(run.notices).toEqual([]);
  });
});

describe("the provider's own key", () => {
  assume({
    otherFields: "documented",
    deleteKeyInUse: 204,
    noManageUsers: 403,
    newKey: "at-once",
    keysPerUser: null,
  });

  /** Its user owns the management key and a newer one; `remove` deletes the former. */
  async function runWithOwnKey(options: RunOptions = {}) {
    const run = await startRun(options);
    const { vultr } = run;
    const userId = vultr.rootUserId;
    const own = vultr.keysOf(userId)[0]!;
    const successor = vultr.addKey(userId, { name: "next" });
    return {
      ...run,
      own,
      successor,
      remove: (state: Partial<KeyState> = {}) =>
        run.end({ apiKey: own.apiKey, ...state }, `${userId}/${own.id}`),
      /** The successor is recorded, as its own resource's or one of an earlier run. */
      succeed: async (state: Partial<KeyState> = {}, args: KeyInputs = {}) => {
        const inputs = { userId, ...args };
        await run.known(inputs);
        const recorded = run.stateOf(successor, { previousKeyId: own.id, ...state });
        await run.provider.diff("id", recorded, run.args(inputs));
      },
      keyIds: () => vultr.keysOf(userId).map((key) => key.id),
      lastCaller: () => vultr.requests.at(-1)!.callerKeyId,
    };
  }

  type OwnRun = Awaited<ReturnType<typeof runWithOwnKey>>;

  const permitted = { allowSelfRevoke: true } as const;
  const withoutPlaintext = { apiKey: undefined as never };
  const isStored = [
    containing("Store the new one where vultr:apiKey (or VULTR_API_KEY) comes from"),
  ];

  it.each<[by: string, state: Partial<KeyState>, faults: Fault[]]>([
    ["its plaintext", {}, []],
    ["its ending", withoutPlaintext, []],
    ["its ending, also if a list happens to lack it", withoutPlaintext, [listedAs([])]],
  ])("is not revoked, known by %s, unlike others of its user", async (_by, state, faults) => {
    await using run = await runWithOwnKey({ faults });
    const says = await failureOf(run.remove(state));
    expect(says).toContain("it is the key that the provider itself authenticates with");
    expect(says).toContain("allowSelfRevoke: true");
    await run.end({}, `${run.own.userId}/${run.successor.id}`);
    expect(run.keyIds()).toEqual([run.own.id]);
  });

  interface Flag {
    allowSelfRevoke?: true;
  }

  // A pending deletion of an earlier run, whose successor was adopted without its plaintext.
  const succeeded = (program: Flag) => (run: OwnRun) => run.succeed(withoutPlaintext, program);
  const ended = () => undefined;

  it.each<[where: string, happens: (run: OwnRun) => unknown, state: Flag, looks: string[]]>([
    ["where the state permits it", succeeded({}), permitted, ["GET keys"]],
    ["where the program permits it", succeeded(permitted), {}, ["GET keys"]],
    ["at the end of its resource", ended, permitted, []],
  ])("is revoked by itself %s, and cannot look then", async (_where, happens, state, looked) => {
    await using run = await runWithOwnKey();
    await happens(run);
    await run.remove(state);
    expect(run.keyIds()).toEqual([run.successor.id]);
    expect(run.sent()).toEqual([...looked, "DELETE key"]);
  });

  it("is revoked by its successor, which takes over for the rest of the run", async () => {
    await using run = await runWithOwnKey();
    const { outs } = await run.rotate(run.stateOf(run.own), {
      userId: run.own.userId,
      ...permitted,
    });
    await run.remove();
    expect(run.keyIds()).toEqual([run.successor.id, outs.keyId]);
    expect(run.sent()).toEqual(["POST keys", "GET account", ...revoked]);
    expect(run.notices).toEqual(isStored);
    const callers = run.vultr.requests.map(({ callerKeyId }) => callerKeyId);
    expect(callers).toEqual([run.own.id, outs.keyId, outs.keyId, outs.keyId]);
  });

  const answered = (status: number) => async (run: OwnRun) => {
    await run.succeed();
    run.vultr.inject(respond({ status }, { path: keyPath }));
  };
  const succeededByWeak = async ({ vultr, userId, succeed }: OwnRun) => {
    const { id: keyId, apiKey } = vultr.addKey(userId, { name: "weak" });
    await succeed({ keyId, apiKey, userId });
  };
  const untold = async (run: OwnRun) => {
    await answered(401)(run);
    run.vultr.inject(toProof(500, {}, Infinity));
  };

  // A successor that stays the credential is told of: the old key may be gone.
  it.each([
    ["own", "may not manage users", 403, succeededByWeak, []],
    ["own", "is not accepted", 401, answered(401), []],
    ["successor", "is answered otherwise", 418, answered(418), isStored],
    ["successor", "is not accepted, and nothing tells of the own", 401, untold, isStored],
  ] as const)("or its %s stays the provider's if that %s", async (...row) => {
    const [whose, , status, arrange, notices] = row;
    await using run = await runWithOwnKey();
    await arrange(run);
    expect(await failureOf(run.remove(permitted))).toContain(`answered ${status}`);
    expect(run.keyIds()).toContain(run.own.id);
    await run.read(run.stateOf(run.successor));
    expect(run.lastCaller()).toBe(run[whose].id);
    expect(run.notices).toEqual(notices);
  });

  it("is told once to be rotated, though others are revoked at the same time", async () => {
    await using run = await runWithOwnKey();
    await run.succeed();
    const others = [1, 2, 3].map(() => run.stateOf(run.vultr.addKey(run.userId)));
    const end = (key: KeyState) => run.end({ ...key, resourceUrn: urnOf("removed") });
    await Promise.all([run.remove(permitted), ...others.map(end)]);
    expect(run.keyIds()).toEqual([run.successor.id]);
    expect(run.vultr.keysOf(run.userId)).toEqual([]);
    expect(run.notices).toEqual(isStored);
  });

  it("may die while another key's deletion is on its way: that one is sent again by the successor", async () => {
    const meanwhile: (() => Promise<void>)[] = [];
    const around: RunOptions["around"] = (transport) => ({
      ...transport,
      async send(request) {
        if (request.method === "DELETE") await meanwhile.pop()?.();
        return transport.send(request);
      },
    });
    await using run = await runWithOwnKey({ around });
    await run.succeed();
    const other = run.vultr.addKey(run.userId);
    const path = `/users/${run.userId}/apikeys/${other.id}`;
    run.vultr.inject(respond({ status: 401 }, { path }));
    meanwhile.push(() => run.remove(permitted));
    await run.end({ ...run.stateOf(other), resourceUrn: urnOf("removed") });
    expect(run.isAlive(other)).toBe(false);
    expect(run.keyIds()).toEqual([run.successor.id]);
    expect(run.lastCaller()).toBe(run.successor.id);
  });

  it.each([
    ["its successor is refused then", refusal(401)],
    ["what answers its own try is not Vultr", toProof(401, page, 2)],
  ])("does not come back if the answer to its deletion is lost, and %s", async (_, fault) => {
    await using run = await runWithOwnKey();
    await run.succeed();
    run.vultr.inject(cut({ when: "after-work" }, { method: "DELETE" }), fault);
    await failureOf(run.remove(permitted));
    expect(run.keyIds()).toEqual([run.successor.id]);
    expect(run.notices).toEqual(isStored);
    run.clock.advance(10_000); // no earlier list will do
    await run.read(run.stateOf(run.successor));
    expect(run.lastCaller()).toBe(run.successor.id);
  });
});
