import type { KeyInputs } from "../../../provider/keys/inputs";
import type { KeyState } from "../../../provider/keys/state";
import { deadKey, respond, tooManyRequests } from "../../emulator";
import { containing, failureOf, keyPath, keysPath, type RunOptions, startRun } from "./run";

/** A run with a key whose plaintext state has, and its deletion. */
async function runWithKey(options: RunOptions = {}) {
  const run = await startRun(options);
  const key = run.vultr.addKey(run.userId, { name: "by hand" });
  const state = run.stateOf(key);
  const isGone = () => !run.isAlive(key);
  const id = `${run.userId}/${key.id}`;
  return { ...run, key, state, isGone, remove: (as: Partial<KeyState> = state) => run.end(as, id) };
}

const revoked = ["DELETE key", "GET keys"];
const refusal = (status: number, count = 1) => respond({ status }, { method: "DELETE", count });

it("a key is revoked, and then seen to be gone: together they are proof", async () => {
  await using run = await runWithKey();
  await run.remove();
  expect(run.isGone()).toBe(true);
  expect(run.sent()).toEqual(revoked);
  expect(run.notices).toEqual([]);
});

it.each(["", "no-such-id"])("of the id %j Vultr can know nothing: nothing is sent", async (id) => {
  await using run = await startRun();
  await run.end({}, id);
  expect(run.sent()).toEqual([]);
});

it("what must not die in this run is refused before anything is sent", async () => {
  await using run = await runWithKey();
  await run.provider.check({}, run.args({ name: "" }, "other"));
  expect(await failureOf(run.remove())).toContain("then no key is revoked");
  expect(run.sent()).toEqual([]);
});

describe("a borrowed key that is not being rotated", () => {
  it("stays as it was found; one line says so and how to revoke it; nothing is sent", async () => {
    await using run = await runWithKey();
    const { id } = run.key;
    await run.remove({ keyId: id, adoptKeyId: id });
    expect(run.isGone()).toBe(false);
    expect(run.sent()).toEqual([]);
    expect(run.notices).toHaveLength(1);
    expect(run.notices[0]).toMatch(
      /^API key .* stays as it was found: it was adopted, and nothing in this run rotates it\./,
    );
    expect(run.notices[0]).toContain(`npx pulumi-vultr-user-api-key audit --revoke ${id}`);
  });

  it("is known by its id in Pulumi where state lacks it", async () => {
    await using run = await runWithKey();
    await run.remove({ adoptKeyId: run.key.id });
    expect(run.isGone()).toBe(false);
  });
});

describe("a key that is gone already is a success", () => {
  it.each(["404", "400", "external-error"] as const)(
    "however Vultr words it: %s; the key itself is refused as well",
    async (missingKey) => {
      await using run = await runWithKey({ switches: { missingKey } });
      run.vultr.deleteKey(run.key.id);
      await run.remove();
      expect(run.sent()).toEqual([...revoked, "GET account"]);
    },
  );

  it("without its plaintext, by the list alone", async () => {
    await using run = await runWithKey();
    run.vultr.deleteKey(run.key.id);
    await run.remove({});
    expect(run.sent()).toEqual(["GET keys", ...revoked]);
  });

  it("also where its user is gone, if the key itself is refused", async () => {
    await using run = await runWithKey();
    run.vultr.removeUser(run.userId);
    await run.remove();
    expect(run.sent().at(-1)).toBe("GET account");
  });

  it("also where the list has not heard of it yet", async () => {
    await using run = await runWithKey({ switches: { deletedKeyListedForMs: 1_400 } });
    run.vultr.deleteKey(run.key.id);
    await run.remove();
    expect(run.count("GET keys")).toBe(3);
  });
});

describe("a key that Vultr does not know here, and that nothing proves gone, is not given up", () => {
  it("where its user alone is missing, and there is no plaintext to try", async () => {
    await using run = await runWithKey();
    run.vultr.removeUser(run.userId);
    const says = await failureOf(run.remove({}));
    expect(says).toContain("Vultr does not know its user");
    expect(says).toContain("pulumi state delete");
  });

  it.each([
    {
      what: "the user is missing",
      lies: [
        respond({ status: 404 }, { path: /apikeys/, count: 2 }),
        respond({ status: 404 }, { path: "/users/*" }),
        respond({ status: 200, json: { users: [] } }, { path: "/users" }),
      ],
    },
    {
      what: "the list lacks it",
      lies: [refusal(404), respond({ status: 200, json: { api_keys: [] } }, { path: keysPath })],
    },
  ])("where $what and the key authenticates", async ({ lies }) => {
    await using run = await runWithKey({ faults: lies });
    expect(await failureOf(run.remove())).toContain("yet the key authenticates");
    expect(run.isGone()).toBe(false);
  });
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
});

describe("a refusal of Vultr's is told as it came", () => {
  it.each([
    { what: "a 404 about a key that stays listed for a minute", status: 404, looks: 15 },
    { what: "a 400 about one that is still listed: one look is enough", status: 400, looks: 1 },
    { what: "any other, without a look", status: 403, looks: 0 },
  ])("$what", async ({ status, looks }) => {
    await using run = await runWithKey({ faults: [refusal(status)] });
    expect(await failureOf(run.remove())).toMatch(
      new RegExp(`^could not delete API key .*answered ${status}`),
    );
    expect(run.sent()).toEqual(["DELETE key", ...Array.from({ length: looks }, () => "GET keys")]);
    expect(run.isGone()).toBe(false);
  });
});

describe("where the list cannot be read", () => {
  const blind = respond({ status: 403 }, { path: keysPath });
  const page = (status: number) =>
    respond({ status, html: "<p>Log in</p>" }, { path: keysPath, count: Infinity });

  it.each([
    { what: "by a 403", fault: blind, says: "answered 403" },
    { what: "by a page with 401, which is no absence", fault: page(401), says: "answered 401" },
    { what: "by a page with 403, which is none either", fault: page(403), says: "answered 403" },
  ])("$what, a deletion that Vultr accepted is not confirmed", async ({ fault, says }) => {
    await using run = await runWithKey({ faults: [fault] });
    expect(await failureOf(run.remove())).toMatch(
      new RegExp(`^could not confirm .*Vultr accepted its deletion, but could not list .*${says}`),
    );
  });

  it("after a deletion that Vultr did not accept, the reason is told as it came", async () => {
    await using run = await runWithKey({ faults: [refusal(404), blind] });
    expect(await failureOf(run.remove())).toMatch(/^could not list the API keys .*answered 403/);
  });

  it("because of a bug of ours, the bug is told", async () => {
    await using run = await runWithKey({
      around: (transport) => ({
        ...transport,
        send: (request) =>
          request.method === "GET"
            ? Promise.reject(new TypeError("x is not a function"))
            : transport.send(request),
      }),
    });
    expect(await failureOf(run.remove())).toContain("should not: x is not a function.");
  });
});

describe("a key that was made a moment ago, and does not prove itself, is taken back", () => {
  const unknown = ["GET keys", "POST keys"];

  it.each([404, 400] as const)(
    "with the deletion repeated while Vultr answers %i",
    async (status) => {
      await using run = await startRun({ faults: [deadKey(), refusal(status, 3)] });
      expect(await failureOf(run.make())).toContain("was deleted again, nothing else");
      expect(run.names()).toEqual([]);
      expect(run.gapsMs("DELETE key")).toEqual([500, 1_000, 2_000]);
      expect(run.sent().at(-1)).toBe("GET keys");
    },
  );

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
    expect(run.sent().slice(0, 2)).toEqual(unknown);
  });

  it("and one that stays listed is not confirmed", async () => {
    await using run = await startRun({
      faults: [deadKey()],
      switches: { deletedKeyListedForMs: 3_600_000 },
    });
    expect(await failureOf(run.make())).toContain("not seen to be gone: could not confirm");
  });
});

describe("once a replaced key is gone, others that look like it are named, not deleted", () => {
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

describe("a key adopted without its plaintext", () => {
  it.each([
    { what: "is told from the provider's own by the ending that Vultr lists", hasEnding: true },
    { what: "is not taken for the provider's own where it lists none", hasEnding: false },
  ])("$what", async ({ hasEnding }) => {
    await using run = await runWithKey();
    const json = { api_keys: [{ id: run.key.id }] };
    if (!hasEnding) run.vultr.inject(respond({ status: 200, json }, { path: keysPath }));
    await run.remove({});
    expect(run.isGone()).toBe(true);
    expect(run.sent()).toEqual(["GET keys", ...revoked]);
  });
});

describe("the provider's own key", () => {
  /** Its user owns the management key and a newer one; `remove` deletes the former. */
  async function runWithOwnKey() {
    const run = await startRun();
    const { vultr } = run;
    const userId = vultr.rootUserId;
    const [own] = vultr.keysOf(userId);
    const successor = vultr.addKey(userId, { name: "next", settled: true });
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

  it.each([
    { what: "known by its plaintext", state: {} },
    { what: "known by its ending", state: withoutPlaintext },
  ])("$what, is not revoked", async ({ state }) => {
    await using run = await runWithOwnKey();
    const says = await failureOf(run.remove(state));
    expect(says).toContain("it is the key that the provider itself authenticates with");
    expect(says).toContain("allowSelfRevoke: true");
    expect(run.keyIds()).toEqual([run.own.id, run.successor.id]);
  });

  it("is told from others of its user that were adopted without their plaintext", async () => {
    await using run = await runWithOwnKey();
    await run.end({}, `${run.own.userId}/${run.successor.id}`);
    expect(run.keyIds()).toEqual([run.own.id]);
  });

  it.each([
    { what: "the state", state: { allowSelfRevoke: true }, program: {} },
    { what: "the program", state: {}, program: { allowSelfRevoke: true } },
  ])("is revoked by itself where $what permits it, without a look", async ({ state, program }) => {
    await using run = await runWithOwnKey();
    // A pending deletion of an earlier run, whose successor was adopted without its plaintext.
    await run.succeed(withoutPlaintext, program);
    await run.remove(state);
    expect(run.keyIds()).toEqual([run.successor.id]);
    expect(run.sent()).toEqual(["DELETE key"]);
  });

  it("is revoked by itself at the end of its resource, which has no successor", async () => {
    await using run = await runWithOwnKey();
    await run.remove({ allowSelfRevoke: true });
    expect(run.keyIds()).toEqual([run.successor.id]);
    expect(run.sent()).toEqual(["DELETE key"]);
  });

  it("is revoked by its successor, which takes over for the rest of the run", async () => {
    await using run = await runWithOwnKey();
    const permitted = { userId: run.own.userId, allowSelfRevoke: true };
    const { outs } = await run.rotate(run.stateOf(run.own), permitted);
    await run.remove();
    expect(run.keyIds()).toEqual([run.successor.id, outs.keyId]);
    expect(run.sent()).toEqual(["POST keys", "GET account", ...revoked]);
    expect(run.notices).toEqual([containing("Store the new one where vultr:apiKey comes from")]);
    const callers = run.vultr.requests.map(({ callerKeyId }) => callerKeyId);
    expect(callers).toEqual([run.own.id, outs.keyId, outs.keyId, outs.keyId]);
  });

  it("stays the provider's where its successor may not manage users", async () => {
    await using run = await runWithOwnKey();
    const { id: keyId, apiKey } = run.vultr.addKey(run.userId, { name: "weak", settled: true });
    await run.succeed({ keyId, apiKey });
    expect(await failureOf(run.remove({ allowSelfRevoke: true }))).toContain("answered 403");
    expect(run.keyIds()).toContain(run.own.id);
    await run.read(run.stateOf(run.successor));
    expect(run.vultr.requests.at(-1)!.callerKeyId).toBe(run.own.id);
  });

  it("is its successor's also where its deletion fails otherwise", async () => {
    await using run = await runWithOwnKey();
    run.vultr.inject(respond({ status: 418 }, { path: keyPath }));
    await run.succeed();
    expect(await failureOf(run.remove({ allowSelfRevoke: true }))).toContain("answered 418");
    await run.read(run.stateOf(run.successor));
    expect(run.vultr.requests.at(-1)!.callerKeyId).toBe(run.successor.id);
  });
});
