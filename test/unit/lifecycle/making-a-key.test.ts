import type { KeyInputs } from "../../../provider/keys/inputs";
import { fingerprintOf, type KeyState } from "../../../provider/keys/state";
import {
  cut,
  deadKey,
  type EmulatedKey,
  type Fault,
  respond,
  tooManyRequests,
} from "../../emulator";
import { assume } from "../../support/assume";
import { rejection } from "../transport/transport-to";
import {
  containing,
  failureOf,
  keyPath,
  marked,
  opened,
  type Run,
  startRun,
  unlisted,
  urnOf,
} from "./run";

assume({ otherFields: "documented", refusalSent: "as-status", emptyAllowlist: "allow" });

const keysOf = ({ vultr, userId }: Run) => vultr.keysOf(userId);

describe("what the engine gets of a new key", () => {
  assume({ newKey: "at-once" });

  it("is its id, the args, and what Vultr said of it", async () => {
    await using run = await startRun();
    const args = { rotationTrigger: { generation: 1 }, rotateAfter: "30d" };
    const { id, outs } = await run.make(args);
    const [key] = keysOf(run);
    expect(id).toBe(`${run.userId}/${key!.id}`);
    expect(outs).toEqual({
      ...run.args(args),
      keyId: key!.id,
      name: key!.name,
      apiKey: key!.apiKey,
      fingerprint: fingerprintOf(key!.apiKey),
      createdAt: "2026-11-01T00:00:00Z",
      verifiedAt: "2026-11-01T00:00:00Z",
    });
    expect(key!.name).toMatch(/^ci-dev-[a-z2-9]{8}$/);
    expect(key!.dateExpire).toBeUndefined();
    expect(run.notices).toEqual([]);
  });

  it.each([
    { args: { expiresIn: "90d" }, expiry: "2027-01-30T00:00:00Z" },
    { args: { dateExpire: "2031-06-30T02:00:00.5+02:00" }, expiry: "2031-06-30T00:00:00Z" },
  ])("$args: expires at $expiry, as Vultr has it", async ({ args, expiry }) => {
    await using run = await startRun();
    expect((await run.make(args)).outs.dateExpire).toBe(expiry);
    expect(keysOf(run)[0]!.dateExpire).toBe(expiry);
  });

  it("lacks the time of a proof that was not wanted, and the plaintext of an adoption that it ends", async () => {
    await using run = await startRun({ faults: [deadKey()] });
    const { id, apiKey } = run.vultr.addKey(run.userId);
    const args = { adoptKeyId: id, adoptApiKey: apiKey, verify: false };
    const { outs } = await run.rotate({ keyId: id, ...args }, args);
    expect(outs.keyId).not.toBe(id);
    expect(outs).not.toHaveProperty("verifiedAt");
    expect(outs).not.toHaveProperty("adoptApiKey");
    expect(run.sent()).toEqual(["POST keys"]);
  });

  it("is of the user whom the program names by e-mail, by the name that it gives", async () => {
    await using run = await startRun();
    const { id, email } = run.vultr.addUser();
    const { outs } = await run.make({ userId: undefined, userEmail: email, name: "exact" });
    expect(outs).toMatchObject({ userId: id, userEmail: email, name: "exact" });
    expect(run.vultr.keysOf(id).map(({ name }) => name)).toEqual(["exact"]);
  });
});

describe("one e-mail address that now leads to another user", () => {
  const userEmail = "deployer@example.com";
  const soFar = "5c1d0000-0000-4000-8000-00000000000f";
  const args = { userEmail, userId: undefined };

  /** A rotation of the key of a user who is addressed so. */
  async function rotated(state: Partial<KeyState>) {
    const run = await startRun();
    const { id } = run.vultr.addUser({ email: userEmail });
    return { ...run, id, rotation: run.rotate({ keyId: "old", userId: soFar, ...state }, args) };
  }

  it.each([userEmail, " Deployer@Example.com"])(
    "does not get the key of %j: the refusal says how to tell who is meant",
    async (written) => {
      await using run = await rotated({ userEmail: written });
      const says = await failureOf(run.rotation);
      expect(says).toContain(`could not make an API key for ${userEmail}`);
      expect(says).toContain(`belongs to user ${run.id}`);
      expect(says).toContain(`userId: ${soFar} for the user so far`);
      expect(says).toContain(`userId: ${run.id} for the new one`);
      expect(run.sent()).toEqual(["GET users"]);
    },
  );

  it("does not get the first key of another resource either, such as a ring's next slot", async () => {
    await using run = await startRun();
    run.vultr.addUser({ email: userEmail });
    const inputs = run.args(args, "slot-1");
    await run.provider.check(inputs, inputs);
    const recorded = { ...inputs, keyId: "slot 1's", userId: soFar } as KeyState;
    await run.provider.diff("id", recorded, inputs);
    expect(await failureOf(run.make(args, "slot-0"))).toContain("state records user " + soFar);
    expect(run.sent()).toEqual(["GET users"]);
  });

  it.each<[before: string, state: Partial<KeyState>]>([
    ["another address", { userEmail: "other@example.com" }],
    ["an id", {}],
  ])("is meant with %s before", async (_before, state) => {
    await using run = await rotated(state);
    expect((await run.rotation).outs.userId).toBe(run.id);
  });

  it("is no other: the same user gets the next key", async () => {
    await using run = await startRun();
    const { id } = run.vultr.addUser({ email: userEmail });
    const { outs } = await run.rotate({ keyId: "old", userEmail, userId: id }, args);
    expect(outs).toMatchObject({ userId: id, previousKeyId: "old" });
  });
});

const cannotDelete = respond({ status: 403 }, { path: keyPath });

describe("a key that does not prove itself", () => {
  const proof = { path: "/account", count: Infinity };

  it.each<[why: string, fault: Fault, says: string]>([
    ["it is refused", deadKey(), "could not verify API key"],
    ["of an outage", respond({ status: 500 }, proof), "could not use"],
    ["a connection breaks", cut({ when: "before-work" }, proof), "could not use"],
  ])("because %s is deleted again, and the error says both", async (_why, fault, says) => {
    await using run = await startRun({ faults: [fault] });
    expect(await failureOf(run.make())).toMatch(
      new RegExp(`^${says}.*\\. The new key was deleted again, nothing else was changed\\. \\w`),
    );
    expect(keysOf(run)).toEqual([]);
  });

  it("is said not to be seen gone where the list cannot be read", async () => {
    await using run = await startRun({ faults: [deadKey(), unlisted({ skip: 1 })] });
    const says = await failureOf(run.make());
    expect(says).toMatch(/^could not verify API key .*deleted again, though not seen to be gone/);
    expect(keysOf(run)).toEqual([]);
  });

  it("is kept in state where it cannot be deleted, as a key that is not in order", async () => {
    await using run = await startRun({ faults: [deadKey(), cannotDelete] });
    const inputs = { ...run.args(), __provider: "text" };
    const error = (await rejection(run.create(inputs))) as Error;
    const { apiKey, id: keyId } = keysOf(run)[0]!;
    expect(error).toMatchObject({
      stack: "",
      reasons: [error.message],
      id: `${run.userId}/${keyId}`,
      properties: { ...inputs, keyId, apiKey: marked(apiKey), isUnproven: true },
      message: containing(`-X DELETE ${run.vultr.url}/users/${run.userId}/apikeys/${keyId}`),
    });
    expect(error.message).toMatch(/could not be deleted again \(.*answered 403/);
    expect(error.message).toContain("It is kept in state. Run `pulumi up --refresh`");
    expect(error).not.toHaveProperty("properties.verifiedAt");
  });

  it("is kept in state by a rotation, and is then no key that the run does not know", async () => {
    await using run = await startRun({ faults: [deadKey(), cannotDelete] });
    const says = await failureOf(run.rotate({ keyId: "old" }));
    expect(says).toContain("in state, and the key that it is to replace stays alive. Run `pulumi");
    await run.make({ resourceUrn: urnOf("ci", "a:b:Parent$") });
    expect(run.notices.filter((line) => line.startsWith("note:"))).toEqual([]);
  });

  it("is kept in state rather than forgotten where the answer to its deletion was lost", async () => {
    const lostAnswer = cut({ when: "after-work" }, { method: "DELETE" });
    await using run = await startRun({ faults: [deadKey(), lostAnswer] });
    // The second DELETE meets a 404: the key may be gone, or Vultr may not know it yet.
    const error = (await rejection(run.make())) as { message: string; properties: KeyState };
    expect(error.properties.isUnproven).toBe(true);
    expect(error.message).toContain("Run `pulumi up --refresh`");
    expect(run.gapsMs("DELETE key").slice(1)).toEqual([500, 1_000, 2_000, 5_000]);
    expect(keysOf(run)).toEqual([]);
    run.nextRun();
    expect(await run.read(opened(error.properties))).toEqual({}); // the refresh drops it
  });

  it("is undone although the time for making it is over", async () => {
    const throttle = tooManyRequests({ retryAfterSeconds: 299.9 }, { path: "/account" });
    await using run = await startRun({ faults: [deadKey(), throttle] });
    expect(await failureOf(run.make())).toContain("was deleted again");
    expect(keysOf(run)).toEqual([]);
  });

  it("because of a bug of ours is deleted again, or handed over, and the error asks for an issue", async () => {
    await using run = await startRun({
      around: (transport) => ({
        ...transport,
        send: (request) =>
          request.path === "/account"
            ? Promise.reject(new TypeError("x is not a function"))
            : transport.send(request),
      }),
    });
    expect(await failureOf(run.make())).toBe(
      "x is not a function. The new key was deleted again, nothing else was changed. Please open an issue.",
    );
    expect(keysOf(run)).toEqual([]);
    run.vultr.inject(cannotDelete);
    expect(await rejection(run.make())).toHaveProperty("properties.isUnproven", true);
  });
});

describe("a key that was to expire, and that Vultr makes without an expiry", () => {
  const neverExpires = {
    switches: { badDate: "expiry-dropped" },
    vultrAheadMs: 86_400_000,
  } as const;

  it("is not the key that was asked for", async () => {
    await using run = await startRun(neverExpires);
    expect(await failureOf(run.make({ expiresIn: "12h" }))).toContain(
      "Vultr made one that never expires. The new key was deleted again",
    );
    expect(keysOf(run)).toEqual([]);
  });

  it.each<KeyInputs>([{ expiresIn: "12h" }, { dateExpire: "2026-11-01T12:00:00Z" }])(
    "is recorded so where it cannot be deleted, and replaced: %j",
    async (args) => {
      await using run = await startRun({ ...neverExpires, faults: [cannotDelete] });
      const error = await rejection(run.make(args));
      const { properties: state } = error as { properties: KeyState };
      const [{ id: keyId, name, apiKey }] = keysOf(run) as [EmulatedKey];
      const outputs = { keyId, name, userId: run.userId, apiKey: marked(apiKey) };
      expect(state).toMatchObject({ ...outputs, isUnproven: true });
      for (const arg of ["expiresIn", "dateExpire"]) expect(state).not.toHaveProperty(arg);
      await run.known(args);
      const { replaces } = await run.provider.diff("id", state, run.args(args));
      expect(replaces).toEqual(Object.keys(args));
    },
  );
});

describe("before a resource's first key is made, others that look like it are named", () => {
  assume({ newKey: "at-once", keyName: "any", keysPerUser: null, weakAccount: 200 });

  it("once, neutrally, from one list, with the command that tells more and none that deletes", async () => {
    await using run = await startRun();
    const { id } = run.vultr.addKey(run.userId, { name: "ci-dev-abcdefgh" });
    await run.make();
    await run.make();
    expect(run.count("GET keys")).toBe(1);
    expect(run.notices).toEqual([containing(`"ci-dev-abcdefgh" (${id})`)]);
    expect(run.notices[0]).toMatch(
      /^note: .*It may be in use elsewhere.*user-api-key audit --stack <stack>`/,
    );
    expect(run.notices[0]).not.toMatch(/DELETE|--revoke/);
    expect(run.names()).toContain("ci-dev-abcdefgh");
  });

  const nobodys = { resourceUrn: undefined, resourceName: undefined };

  it.each<[args: KeyInputs, alike: string[], unlike: string[]]>([
    [{}, ["ci-dev-abcdefgh"], ["ci-prod-abcdefgh", "other-dev-abcdefgh", "ci"]],
    [{ resourceUrn: undefined }, ["ci-abcdefgh"], ["ci-dev-abcdefgh"]],
    [nobodys, ["key-abcdefgh"], ["ci-abcdefgh"]],
    [{ name: "exact" }, ["exact"], ["EXACT", "ci-dev-abcdefgh"]],
  ])("for %j these alone: %j", async (args, alike, unlike) => {
    await using run = await startRun();
    for (const name of [...unlike, ...alike]) run.vultr.addKey(run.userId, { name });
    await run.make(args);
    expect(run.notices).toEqual(alike.map((name) => containing(`another API key "${name}"`)));
  });

  it("but not those that this run knows: by a read, a diff, a check and a diff, or an adoption", async () => {
    await using run = await startRun();
    const { provider, args } = run;
    const [read, diffed, recorded, adopted] = ["a", "b", "c", "d"].map((letter) =>
      run.stateOf(run.vultr.addKey(run.userId, { name: `ci-dev-${letter.repeat(8)}` })),
    );
    await run.read(read!);
    await provider.diff("id", diffed!, args());
    await run.known({}, "other");
    await provider.diff("id", recorded!, args({}, "other"));
    await run.make({ adoptKeyId: adopted!.keyId }, "another");
    await run.make();
    expect(run.notices).toEqual([]);
  });

  it("and a rotation, whose end will look, does not look first", async () => {
    await using run = await startRun();
    await run.rotate({ keyId: "old" });
    expect(run.sent()).toEqual(["POST keys", "GET account"]);
  });

  it("where the list cannot be read, the create fails before it makes anything", async () => {
    await using run = await startRun({ faults: [unlisted()] });
    expect(await failureOf(run.make())).toContain("Vultr answered 403");
    expect(run.sent()).toEqual(["GET keys"]);
  });
});

describe("the key that a new one replaces, where this run's refresh has lost some of the resource", () => {
  const lookedUp = { createdAt: undefined as never };
  it.each<[what: string, waiting: Partial<KeyState>, isLast: boolean]>([
    ["is the last one", {}, true],
    ["is none, if the last one is there: --replace", {}, false],
    ["is none, if the program only looked it up", lookedUp, false],
  ])("%s", async (_what, more, isLast) => {
    await using run = await startRun();
    const waiting = run.vultr.addKey(run.userId, { name: "waiting" });
    const current = run.vultr.addKey(run.userId, { name: "current" });
    for (const key of isLast ? [waiting, current] : [waiting]) run.vultr.deleteKey(key.id);
    if (more !== lookedUp)
      await run.read(run.stateOf(current, { createdAt: "2026-02-01T00:00:00Z" }));
    await run.read(run.stateOf(waiting, more));
    const { outs } = await run.make();
    expect(outs.previousKeyId).toBe(isLast ? current.id : undefined);
  });
});
