import type { Transport } from "../../../provider/vultr/transport";
import type { KeyInputs } from "../../../provider/keys/inputs";
import type { KeyState } from "../../../provider/keys/state";
import { cut, deadKey, respond, tooManyRequests } from "../../emulator";
import { assume } from "../../support/assume";
import { containing, failureOf, keyPath, keysPath, type RunOptions, startRun, urnOf } from "./run";

// Which answers mean that a key is gone, and which calls it takes to see them.
assume({
  deletedKeyUsed: "401",
  refusalSent: "as-status",
  weakAccount: 200,
  emptyAllowlist: "allow",
  deletedKeyListedForMs: 0,
});

/** A run with a key whose plaintext state has, and its deletion. */
async function runWithKey(options: RunOptions = {}) {
  const run = await startRun(options);
  const key = run.vultr.addKey(run.userId, { name: "by hand" });
  const state = run.stateOf(key);
  const id = `${run.userId}/${key.id}`;
  return { ...run, key, state, remove: (as: Partial<KeyState> = state) => run.end(as, id) };
}

const revoked = ["DELETE key", "GET keys"];
/** Absence counts once it was seen twice, and the key itself is tried twice. */
const refusedTwice = ["GET account", "GET account"];
const tried = [...revoked, "GET keys", ...refusedTwice];
const userMissing = ["GET keys", "GET user", "GET users"];
const refusal = (status: number, count = 1) => respond({ status }, { method: "DELETE", count });
const blind = respond({ status: 403 }, { path: keysPath });
const page = (status: number) =>
  respond({ status, html: "<p>Log in</p>" }, { path: keysPath, count: Infinity });
const bug: RunOptions["around"] = (transport) => ({
  ...transport,
  send: (request) =>
    request.method === "GET"
      ? Promise.reject(new TypeError("x is not a function"))
      : transport.send(request),
});
const userIsMissing = [
  respond({ status: 404 }, { path: /apikeys/, count: 3 }),
  respond({ status: 404 }, { path: "/users/*", count: 2 }),
  respond({ status: 200, json: { users: [] } }, { path: "/users", count: 2 }),
];
const emptyList = (count: number) =>
  respond({ status: 200, json: { api_keys: [] } }, { path: keysPath, count });

interface Deletion extends RunOptions {
  what: string;
  /** What happened to the key by hand. */
  was?: "deleted" | "removed with its user";
  /** State knows nothing of the key. */
  isUnknown?: true;
  sent?: string[];
}

const arrange = ({ vultr, key, userId }: Awaited<ReturnType<typeof runWithKey>>, was = "") => {
  if (was === "deleted") vultr.deleteKey(key.id);
  if (was === "removed with its user") vultr.removeUser(userId);
};

it.each<Deletion>([
  { what: "is gone after Vultr's yes: together they are proof", sent: revoked },
  { what: "was gone already, and is refused (404)", was: "deleted", sent: tried },
  { what: "(400)", switches: { missingKey: "400" }, was: "deleted", sent: tried },
  { what: "(other text)", switches: { missingKey: "external-error" }, was: "deleted", sent: tried },
  {
    what: "was gone already, by the list alone: without its plaintext it cannot be tried",
    isUnknown: true,
    was: "deleted",
    sent: ["GET keys", "GET keys", ...revoked, "GET keys"],
  },
  {
    what: "is gone with its user, and is refused",
    was: "removed with its user",
    sent: ["DELETE key", ...userMissing, ...userMissing, ...refusedTwice],
  },
  {
    what: "was gone already, and the list has not heard of it yet",
    switches: { deletedKeyListedForMs: 1_400, missingKey: "404" },
    was: "deleted",
    sent: ["DELETE key", ...Array.from({ length: 4 }, () => "GET keys"), ...refusedTwice],
  },
  {
    what: "is told from the provider's own by the ending that Vultr lists",
    switches: { otherFields: "documented" },
    isUnknown: true,
    sent: ["GET keys", ...revoked],
  },
])("a deletion succeeds, for the key $what", async ({ was, isUnknown, sent, ...options }) => {
  await using run = await runWithKey(options);
  arrange(run, was);
  await run.remove(isUnknown ? {} : run.state);
  expect(run.isAlive(run.key)).toBe(false);
  expect(run.sent()).toEqual(sent);
  expect(run.notices).toEqual([]);
});

it("where making keys is allowed and deleting is not, the missing right is named, and what stays alive", async () => {
  let apiKey = "";
  const around: RunOptions["around"] = (transport) => {
    transport.credential.use(apiKey);
    return transport;
  };
  await using run = await runWithKey({ switches: { deleteRight: "own" }, around });
  ({ apiKey } = run.vultr.addKey(run.vultr.addUser({ acls: ["manage_users"] }).id));
  const says = await failureOf(run.remove());
  expect(says).toContain(`could not delete API key ${run.key.id} of user ${run.userId}: Vultr`);
  expect(says).toContain(`may not delete keys, and API key ${run.key.id} is not seen to be gone`);
  for (const right of ["manage_users", "account.user.Update", "account.user.Delete"])
    expect(says).toContain(right);
  expect(says).toContain(
    `curl --fail -K - -X DELETE ${run.vultr.url}/users/${run.userId}/apikeys/`,
  );
  expect(run.sent()).toEqual(["DELETE key", "GET keys"]);
});

it("a key that is listed again after it was not is there", async () => {
  await using run = await runWithKey({ switches: { otherFields: "documented" } });
  const empty = { status: 200, json: { api_keys: [] } };
  const list = { method: "GET", path: keysPath } as const;
  run.vultr.inject(
    respond({ status: 404 }, { method: "DELETE", count: Infinity }),
    // Seen before the deletion, then absent, listed, absent, and listed for good.
    respond(empty, { ...list, skip: 1 }),
    respond(empty, { ...list, skip: 2 }),
  );
  expect(await failureOf(run.remove({}))).toContain("answered 404");
  expect(run.isAlive(run.key)).toBe(true);
});

it("where deleting is not allowed, a key that somebody else has deleted is gone", async () => {
  await using run = await runWithKey();
  run.vultr.deleteKey(run.key.id);
  run.vultr.inject(respond({ status: 403, json: { error: "No." } }, { path: keyPath }));
  await run.remove();
  expect(run.sent().slice(0, 2)).toEqual(["DELETE key", "GET keys"]);
});

it.each<Deletion & { says: RegExp }>([
  {
    what: "its user alone is missing, and there is no plaintext to try",
    isUnknown: true,
    was: "removed with its user",
    says: /Vultr does not know its user.*pulumi state delete/,
  },
  {
    what: "its user is missing and the key authenticates",
    faults: userIsMissing,
    says: /yet the key authenticates/,
  },
  {
    what: "the list lacks it and the key authenticates",
    faults: [refusal(404), emptyList(2)],
    says: /yet the key authenticates/,
    sent: tried.slice(0, -1),
  },
  {
    what: "the list lacks it once, and there is no plaintext to try",
    isUnknown: true,
    faults: [
      refusal(404),
      respond({ status: 200, json: { api_keys: [] } }, { path: keysPath, skip: 1 }),
    ],
    says: /^could not delete API key .*answered 404/,
  },
  {
    what: "the right is missing, and a list that lacks the key is all there is",
    isUnknown: true,
    faults: [refusal(403), emptyList(Infinity)],
    says: /may not delete keys, and API key .* is not seen to be gone/,
  },
  {
    what: "Vultr says 404, and lists it for a minute",
    faults: [refusal(404)],
    says: /^could not delete API key .*answered 404/,
    sent: ["DELETE key", ...Array.from({ length: 15 }, () => "GET keys")],
  },
  {
    what: "Vultr says 400, and lists it: one look is enough",
    faults: [refusal(400)],
    says: /^could not delete API key .*answered 400/,
    sent: revoked,
  },
  {
    what: "Vultr refuses otherwise: no look is needed",
    faults: [refusal(418)],
    says: /^could not delete API key .*answered 418/,
    sent: ["DELETE key"],
  },
  {
    what: "the right is missing, and the list cannot be read either",
    faults: [refusal(403), blind],
    says: /^could not delete API key .*answered 403/,
  },
  {
    what: "Vultr does not accept it, and the list cannot be read",
    faults: [refusal(404), blind],
    says: /^could not list the API keys .*answered 403/,
  },
  {
    what: "Vultr accepts it, and the list cannot be read",
    faults: [blind],
    says: /^could not confirm .*Vultr accepted its deletion, but could not list .*answered 403/,
  },
  {
    what: "Vultr accepts it, and a page with 401 is no absence",
    faults: [page(401)],
    says: /^could not confirm .*Vultr accepted its deletion, but could not list .*answered 401/,
  },
  {
    what: "Vultr accepts it, and a page with 403 is none either",
    faults: [page(403)],
    says: /^could not confirm .*Vultr accepted its deletion, but could not list .*answered 403/,
  },
  {
    what: "of a bug of ours, which is told",
    around: bug,
    says: /should not: x is not a function\./,
  },
])("a deletion fails if $what", async ({ was, isUnknown, says, sent, ...options }) => {
  await using run = await runWithKey(options);
  arrange(run, was);
  expect(await failureOf(run.remove(isUnknown ? {} : run.state))).toMatch(says);
  if (sent !== undefined) expect(run.sent()).toEqual(sent);
  const isAccepted = /could not confirm|x is not/.test(says.source);
  expect(run.isAlive(run.key)).toBe(!isAccepted && was === undefined);
});

it("of a key that Vultr lists without an ending it is not said that it is the provider's own", async () => {
  await using run = await runWithKey();
  const json = { api_keys: [{ id: run.key.id }] };
  run.vultr.inject(respond({ status: 200, json }, { path: keysPath }));
  await run.remove({});
  expect(run.isAlive(run.key)).toBe(false);
});

it("if nothing tells the provider's own key, and it is refused after its deletion, that is said", async () => {
  await using run = await startRun();
  const { vultr } = run;
  const { id } = vultr.keysOf(vultr.rootUserId)[0]!;
  const json = { api_keys: [{ id }] };
  vultr.inject(respond({ status: 200, json }, { path: keysPath }));
  const says = await failureOf(run.end({}, `${vultr.rootUserId}/${id}`));
  expect(says).toContain("It may have been the key that the provider authenticates with. Vultr");
  expect(says).toContain("Set a valid one");
});

it("a page with 401 in place of the list says nothing of the provider's own key", async () => {
  await using run = await runWithKey();
  run.vultr.inject(page(401));
  const says = await failureOf(run.remove());
  expect(says).toContain("could not confirm that API key");
  expect(says).toContain("Run the same command again; it looks once more");
  expect(says).not.toContain("the key that the provider authenticates with");
});

it.each(["", "no-such-id"])("of the id %j Vultr can know nothing: nothing is sent", async (id) => {
  await using run = await startRun();
  await run.end({}, id);
  expect(run.sent()).toEqual([]);
});

it("what must not die in this run is refused before anything is sent", async () => {
  await using run = await runWithKey();
  await run.known({ name: "" }, "other");
  expect(await failureOf(run.remove())).toContain("then no key is revoked");
  expect(run.sent()).toEqual([]);
});

it("a successor that expires before the end of its own run lets the old key live", async () => {
  await using run = await runWithKey();
  await run.rotate(run.state, { expiresIn: "1m" });
  run.clock.advance(60_000);
  expect(await failureOf(run.remove())).toContain("which replaces it, expired at 2026-11-01T00:01");
  expect(run.isAlive(run.key)).toBe(true);
});

it("a borrowed key that is not being rotated is not revoked with this resource, also if Pulumi's id alone tells which it is", async () => {
  await using run = await runWithKey();
  const { id } = run.key;
  await run.remove({ keyId: id, adoptKeyId: id });
  await run.remove({ adoptKeyId: id });
  expect(run.isAlive(run.key)).toBe(true);
  expect(run.sent()).toEqual([]);
  const how =
    /^API key .* is not revoked with this resource: it was adopted, and nothing in this run rotates it\./;
  expect(run.notices[0]).toMatch(how);
  expect(run.notices[0]).toContain(
    `npx pulumi-vultr-user-api-key audit --stack <stack> --revoke ${id}`,
  );
  expect(run.notices).toHaveLength(2);
});

it("a borrowed key that the program still has is not advised to be revoked, as after --replace", async () => {
  await using run = await runWithKey();
  const adoption = { adoptKeyId: run.key.id };
  await run.make(adoption);
  await run.remove({ ...run.state, ...adoption });
  expect(run.isAlive(run.key)).toBe(true);
  expect(run.notices).toEqual([containing(`The program still has it: ${urnOf("ci")}.`)]);
});

describe("a list that is behind is looked at again", () => {
  const forEver = { switches: { deletedKeyListedForMs: 3_600_000 } };
  const minute = [500, 1_000, 2_000, ...Array.from({ length: 11 }, () => 5_000)];

  it("at growing distances", async () => {
    await using run = await runWithKey({ switches: { deletedKeyListedForMs: 13_500 } });
    await run.remove();
    expect(run.gapsMs("GET keys")).toEqual([500, 1_000, 2_000, 5_000, 5_000]);
  });

  it.each([0, 86_400_000, -86_400_000])(
    "for a minute, after which nobody can say that the key is gone, though the wall clock jumps by %i ms",
    async (jumpMs) => {
      await using run = await runWithKey(forEver);
      const startMs = run.clock.monotonicMs();
      const end = failureOf(run.remove());
      run.clock.jumpWallClock(jumpMs);
      const says = await end;
      expect(says).toMatch(/^could not confirm that API key .* is gone: .*Vultr still lists it/);
      expect(says).toContain(`-X DELETE ${run.vultr.url}`);
      expect(run.gapsMs("GET keys")).toEqual(minute);
      // And what the requests wait for their turns.
      expect(Math.floor((run.clock.monotonicMs() - startMs) / 100)).toBe(585);
    },
  );

  it("but not beyond the time for the verb", async () => {
    const wait = tooManyRequests({ retryAfterSeconds: 298.3 }, { method: "DELETE" });
    await using run = await runWithKey({ ...forEver, faults: [wait] });
    const deadlineMs = run.clock.monotonicMs() + 300_000;
    expect(await failureOf(run.remove())).toContain("Vultr still lists it");
    expect(run.clock.monotonicMs()).toBeLessThanOrEqual(deadlineMs);
    expect(run.count("GET keys")).toBe(3);
  });

  it("which may be over when the deletion is accepted: then nobody has looked", async () => {
    const wait = tooManyRequests({ retryAfterSeconds: 300 }, { method: "DELETE" });
    const transportOf = (transport: Transport): Transport => ({
      ...transport,
      async send(request) {
        const answer = await transport.send(request);
        if (request.method === "DELETE") run.clock.advance(1);
        return answer;
      },
    });
    await using run = await runWithKey({ faults: [wait], around: transportOf });
    expect(await failureOf(run.remove())).toContain("was over before it could be looked for");
    expect(run.sent()).toEqual(["DELETE key", "DELETE key"]);
  });
});

describe("a key that was made a moment ago, and does not prove itself, is taken back", () => {
  it.each([404, 400])("with its deletion repeated while Vultr answers %i", async (status) => {
    await using run = await startRun({ faults: [deadKey(), refusal(status, 3)] });
    expect(await failureOf(run.make())).toContain("was deleted again, nothing else");
    expect(run.names()).toEqual([]);
    expect(run.gapsMs("DELETE key")).toEqual([500, 1_000, 2_000]);
    expect(run.sent().at(-1)).toBe("GET keys");
  });

  it.each([
    { what: "for ten seconds", status: 404, gapsMs: [500, 1_000, 2_000, 5_000] },
    { what: "but where Vultr refuses otherwise", status: 403, gapsMs: [] },
  ])("$what, after which its refusal is told", async ({ status, gapsMs }) => {
    await using run = await startRun({ faults: [deadKey(), refusal(status, Infinity)] });
    expect(await failureOf(run.make())).toMatch(
      new RegExp(`could not be deleted again \\(could not delete .*answered ${status}`),
    );
    expect(run.gapsMs("DELETE key")).toEqual(gapsMs);
    expect(run.sent().at(-1)).toBe("DELETE key");
  });

  it("and one that stays listed is not confirmed", async () => {
    const switches = { deletedKeyListedForMs: 3_600_000, newKey: "at-once" } as const;
    await using run = await startRun({ faults: [deadKey()], switches });
    expect(await failureOf(run.make())).toContain("not seen to be gone: could not confirm");
  });
});

describe("once a replaced key is gone, others that look like it are named, not deleted", () => {
  assume({ otherFields: "documented" });

  it.each([
    { name: "ci-dev-bcdefghj", args: {}, isNamed: true },
    { name: "ci-prod-bcdefghj", args: {}, isNamed: false },
    { name: "exact", args: { name: "exact" }, isNamed: true },
    { name: "ci-dev-bcdefghj", args: { name: "exact" }, isNamed: false },
  ])("$name, for $args: $isNamed", async ({ name, args, isNamed }) => {
    await using run = await runWithKey();
    await run.known({ name: "another" }, "other");
    await run.rotate(run.state, { ...args, verify: false });
    const left = run.vultr.addKey(run.userId, { name });
    await run.remove();
    expect(run.notices).toHaveLength(isNamed ? 1 : 0);
    if (isNamed) expect(run.notices[0]).toContain(`"${name}" (${left.id})`);
    expect(run.names()).toHaveLength(2);
    expect(run.sent()).toEqual(["POST keys", ...revoked]);
  });

  it("but not at the end of a resource: nobody declares what its keys are called", async () => {
    await using run = await runWithKey();
    run.vultr.addKey(run.userId, { name: "ci-dev-bcdefghj" });
    await run.remove();
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
    const [own] = vultr.keysOf(userId);
    const successor = vultr.addKey(userId, { name: "next" });
    const remove = (state: Partial<KeyState> = {}) =>
      run.end({ apiKey: own!.apiKey, ...state }, `${userId}/${own!.id}`);
    /** The successor is recorded, as its own resource's or one of an earlier run. */
    const succeed = async (state: Partial<KeyState> = {}, args: KeyInputs = {}) => {
      const inputs = { userId, ...args };
      await run.known(inputs);
      const recorded = run.stateOf(successor, { previousKeyId: own!.id, ...state });
      await run.provider.diff("id", recorded, run.args(inputs));
    };
    const keyIds = () => vultr.keysOf(userId).map((key) => key.id);
    return { ...run, own: own!, successor, remove, succeed, keyIds };
  }

  const withoutPlaintext = { apiKey: undefined as never };

  it("is not revoked, known by its plaintext or by its ending, unlike others of its user", async () => {
    await using run = await runWithOwnKey();
    for (const state of [{}, withoutPlaintext]) {
      const says = await failureOf(run.remove(state));
      expect(says).toContain("it is the key that the provider itself authenticates with");
      expect(says).toContain("allowSelfRevoke: true");
      expect(run.keyIds()).toEqual([run.own.id, run.successor.id]);
    }
    await run.end({}, `${run.own.userId}/${run.successor.id}`);
    expect(run.keyIds()).toEqual([run.own.id]);
  });

  it("is not revoked if a list happens to lack it", async () => {
    await using run = await runWithOwnKey();
    run.vultr.inject(respond({ status: 200, json: { api_keys: [] } }, { path: keysPath }));
    expect(await failureOf(run.remove(withoutPlaintext))).toContain("itself authenticates with");
    expect(run.keyIds()).toContain(run.own.id);
  });

  // A pending deletion of an earlier run, whose successor was adopted without its plaintext.
  it.each([
    { what: "where the state permits it", state: { allowSelfRevoke: true }, program: {} },
    { what: "where the program permits it", state: {}, program: { allowSelfRevoke: true } },
    { what: "at the end of its resource", state: { allowSelfRevoke: true }, program: undefined },
  ])("is revoked by itself $what, and cannot look then", async ({ state, program }) => {
    await using run = await runWithOwnKey();
    if (program !== undefined) await run.succeed(withoutPlaintext, program);
    await run.remove(state);
    expect(run.keyIds()).toEqual([run.successor.id]);
    expect(run.sent()).toEqual([...(program === undefined ? [] : ["GET keys"]), "DELETE key"]);
  });

  it("is revoked by its successor, which takes over for the rest of the run", async () => {
    await using run = await runWithOwnKey();
    const permitted = { userId: run.own.userId, allowSelfRevoke: true };
    const { outs } = await run.rotate(run.stateOf(run.own), permitted);
    await run.remove();
    expect(run.keyIds()).toEqual([run.successor.id, outs.keyId]);
    expect(run.sent()).toEqual(["POST keys", "GET account", ...revoked]);
    expect(run.notices).toEqual([
      containing("Store the new one where vultr:apiKey (or VULTR_API_KEY) comes from"),
    ]);
    const callers = run.vultr.requests.map(({ callerKeyId }) => callerKeyId);
    expect(callers).toEqual([run.own.id, outs.keyId, outs.keyId, outs.keyId]);
  });

  it.each([
    { whose: "own", what: "may not manage users", status: 403, isWeak: true },
    { whose: "own", what: "is not accepted", status: 401, isWeak: false },
    { whose: "successor", what: "is answered otherwise", status: 418, isWeak: false },
  ] as const)("or its $whose stays the provider's if that $what", async (row) => {
    await using run = await runWithOwnKey();
    const weak = run.vultr.addKey(run.userId, { name: "weak" });
    const { id: keyId, apiKey, userId } = weak;
    await run.succeed(row.isWeak ? { keyId, apiKey, userId } : {});
    if (!row.isWeak) run.vultr.inject(respond({ status: row.status }, { path: keyPath }));
    const removal = run.remove({ allowSelfRevoke: true });
    expect(await failureOf(removal)).toContain(`answered ${row.status}`);
    expect(run.keyIds()).toContain(run.own.id);
    await run.read(run.stateOf(run.successor));
    expect(run.vultr.requests.at(-1)!.callerKeyId).toBe(run[row.whose].id);
    const isSaid = row.whose === "successor"; // it stays the credential, and the old key may be gone
    expect(run.notices).toEqual(isSaid ? [containing("Store the new one")] : []);
  });

  it("is told once to be rotated, though others are revoked at the same time", async () => {
    await using run = await runWithOwnKey();
    await run.succeed();
    const others = [1, 2, 3].map(() => run.stateOf(run.vultr.addKey(run.userId)));
    const end = (key: KeyState) => run.end({ ...key, resourceUrn: urnOf("removed") });
    await Promise.all([run.remove({ allowSelfRevoke: true }), ...others.map(end)]);
    expect(run.keyIds()).toEqual([run.successor.id]);
    expect(run.vultr.keysOf(run.userId)).toEqual([]);
    expect(run.notices).toEqual([containing("Store the new one")]);
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
    run.vultr.inject(
      respond({ status: 401 }, { path: `/users/${run.userId}/apikeys/${other.id}` }),
    );
    meanwhile.push(() => run.remove({ allowSelfRevoke: true }));
    await run.end({ ...run.stateOf(other), resourceUrn: urnOf("removed") });
    expect(run.isAlive(other)).toBe(false);
    expect(run.keyIds()).toEqual([run.successor.id]);
    expect(run.vultr.requests.at(-1)!.callerKeyId).toBe(run.successor.id);
  });

  const lostAnswer = cut({ when: "after-work" }, { method: "DELETE" });

  it.each([
    ["its successor is refused then", respond({ status: 401 }, { method: "DELETE" })],
    [
      "what answers its own try is not Vultr",
      respond({ status: 401, html: "<p>Log in</p>" }, { path: "/account", count: 2 }),
    ],
  ])("does not come back if the answer to its deletion is lost, and %s", async (_, fault) => {
    await using run = await runWithOwnKey();
    await run.succeed();
    run.vultr.inject(lostAnswer, fault);
    await failureOf(run.remove({ allowSelfRevoke: true }));
    expect(run.keyIds()).toEqual([run.successor.id]);
    expect(run.notices).toEqual([containing("Store the new one")]);
    run.clock.advance(10_000); // no earlier list will do
    await run.read(run.stateOf(run.successor));
    expect(run.vultr.requests.at(-1)!.callerKeyId).toBe(run.successor.id);
  });

  it("is told to be rotated also if nobody can say that the old one is gone", async () => {
    await using run = await runWithOwnKey();
    run.vultr.setSwitches({ deletedKeyListedForMs: 3_600_000 });
    const permitted = { userId: run.own.userId, allowSelfRevoke: true };
    await run.rotate(run.stateOf(run.own), permitted);
    expect(await failureOf(run.remove())).toContain("could not confirm");
    expect(run.notices).toEqual([containing("Store the new one")]);
  });
});
