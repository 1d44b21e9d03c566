import { create } from "../../../provider/lifecycle/create";
import type { KeyInputs } from "../../../provider/keys/inputs";
import { PartialCreateError } from "../../../provider/lifecycle/create";
import { fingerprintOf, type KeyState } from "../../../provider/keys/state";
import { RefusedError, VerificationError, VultrError } from "../../../provider/vultr/errors";
import {
  cut,
  deadKey,
  type Fault,
  lateKey,
  respond,
  tooManyRequests,
  truncate,
} from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keyOf, urnOf } from "./resources";
import { keyPath, keysPath, type Scene, type SceneOptions, startScene } from "./scene";

const resourceUrn = urnOf("deployer");

const argsFor = ({ userId }: Pick<Scene, "userId">, args: KeyInputs = {}): KeyInputs => ({
  resourceName: "deployer",
  resourceUrn,
  userId,
  ...args,
});

/** check and create of a new resource. */
const make = (scene: Scene, args: KeyInputs = {}) => {
  const inputs = argsFor(scene, args);
  scene.context.memory.noteDeclared(inputs, false);
  return create(scene.context, inputs);
};

/** The calls of a replacement: check, diff, check, create. */
const replace = ({ context, ...scene }: Scene, state: KeyState, args: KeyInputs = {}) => {
  const inputs = argsFor(scene, args);
  context.memory.noteDeclared(inputs, true);
  context.memory.noteRecorded(resourceUrn, state, true);
  context.memory.noteDeclared(inputs, false);
  return create(context, inputs);
};

const keysOf = ({ vultr, userId }: Scene) => vultr.keysOf(userId);

describe("what the engine gets of a new key", () => {
  it("is its id, the args, and what Vultr said of it", async () => {
    await using scene = await startScene();
    const args = { rotationTrigger: { generation: 1 }, rotateAfter: "30d" };
    const { id, outs } = await make(scene, args);
    const [key] = keysOf(scene);
    expect(id).toBe(`${scene.userId}/${key!.id}`);
    expect(outs).toEqual({
      resourceName: "deployer",
      resourceUrn,
      ...args,
      userId: scene.userId,
      keyId: key!.id,
      name: key!.name,
      apiKey: key!.apiKey,
      fingerprint: fingerprintOf(key!.apiKey),
      createdAt: "2026-11-01T00:00:00Z",
      verifiedAt: "2026-11-01T00:00:00Z",
    });
    expect(key!.name).toMatch(/^deployer-dev-[a-z2-9]{8}$/);
    expect(scene.notices).toEqual([]);
  });

  it.each<{ args: KeyInputs; expiry: string | undefined }>([
    { args: {}, expiry: undefined },
    { args: { expiresIn: "90d" }, expiry: "2027-01-30T00:00:00Z" },
    { args: { dateExpire: "2031-06-30T02:00:00.5+02:00" }, expiry: "2031-06-30T00:00:00Z" },
  ])("$args: expires at $expiry, as Vultr has it", async ({ args, expiry }) => {
    await using scene = await startScene();
    const { outs } = await make(scene, args);
    expect(outs.dateExpire).toBe(expiry);
    expect(keysOf(scene)[0]!.dateExpire).toBe(expiry);
  });

  it("lacks the time of a proof that was not wanted", async () => {
    await using scene = await startScene({ faults: [deadKey()] });
    const { outs } = await make(scene, { verify: false });
    expect(outs).not.toHaveProperty("verifiedAt");
    expect(scene.sent()).toEqual(["GET keys", "POST keys"]);
  });

  it("lacks the plaintext that was given for an adoption which a rotation has ended", async () => {
    await using scene = await startScene();
    const adopted = scene.vultr.addKey(scene.userId);
    const args = { adoptKeyId: adopted.id, adoptApiKey: adopted.apiKey };
    const { outs } = await replace(scene, keyOf("deployer", adopted.id, args), args);
    expect(outs.keyId).not.toBe(adopted.id);
    expect(outs).not.toHaveProperty("adoptApiKey");
  });
});

it("a name that the program gives is the key's name", async () => {
  await using scene = await startScene();
  expect((await make(scene, { name: "ci" })).outs.name).toBe("ci");
  expect(keysOf(scene).map((key) => key.name)).toEqual(["ci"]);
});

it("the user may be named by e-mail", async () => {
  await using scene = await startScene();
  const { id, email } = scene.vultr.addUser();
  const { outs } = await make(scene, { userId: undefined, userEmail: email });
  expect(outs.userId).toBe(id);
  expect(outs.userEmail).toBe(email);
});

describe("a run knows", () => {
  it("that a key which it made is the resource's", async () => {
    await using scene = await startScene();
    const { memory } = scene.context;
    const { outs } = await make(scene);
    expect(memory.isKnown(outs.keyId)).toBe(true);
    expect(memory.resource(resourceUrn)?.made).toEqual(outs);
  });

  it("which key a new one replaces, and state keeps it", async () => {
    await using scene = await startScene();
    const { userId } = scene;
    const { outs } = await replace(scene, keyOf("deployer", "old", { userId }));
    expect(outs.previousKeyId).toBe("old");
    expect(scene.context.memory.resource(resourceUrn)?.made?.previousKeyId).toBe("old");
    expect(outs.name).toMatch(/^deployer-dev-[a-z2-9]{8}$/);
  });

  it("that a key which the engine was told to replace, and diff was not, replaces none", async () => {
    await using scene = await startScene();
    expect((await make(scene)).outs).not.toHaveProperty("previousKeyId");
  });
});

describe("one e-mail address that now leads to another user", () => {
  const userEmail = "deployer@example.com";
  const before = { userEmail, userId: "5c1d0000-0000-4000-8000-00000000000f" };
  const args = { userEmail, userId: undefined };

  it("does not get the key: the rotation is refused, and says how to tell who is meant", async () => {
    await using scene = await startScene();
    const { id } = scene.vultr.addUser({ email: userEmail });
    const error = await rejection(replace(scene, keyOf("deployer", "old", before), args));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toContain(`belongs to user ${id}`);
    expect((error as RefusedError).hint).toContain(`userId: ${before.userId} for the user so far`);
    expect((error as RefusedError).hint).toContain(`userId: ${id} for the new one`);
    expect(scene.sent()).toEqual(["GET users"]);
  });

  it.each(["Deployer@Example.com", " deployer@example.com"])(
    "is told also where it was written %j",
    async (written) => {
      await using scene = await startScene();
      scene.vultr.addUser({ email: userEmail });
      const state = keyOf("deployer", "old", { ...before, userEmail: written });
      expect(await rejection(replace(scene, state, args))).toBeInstanceOf(RefusedError);
    },
  );

  it.each<{ what: string; state: Partial<KeyState> }>([
    { what: "another address before", state: { ...before, userEmail: "other@example.com" } },
    { what: "an id before", state: (({ userEmail: _, ...rest }) => rest)(before) },
  ])(
    "is another matter with $what: the program says that another user is meant",
    async ({ state }) => {
      await using scene = await startScene();
      const { id } = scene.vultr.addUser({ email: userEmail });
      const { outs } = await replace(scene, keyOf("deployer", "old", state), args);
      expect(outs.userId).toBe(id);
    },
  );

  it("the same user gets the next key", async () => {
    await using scene = await startScene();
    const { id } = scene.vultr.addUser({ email: userEmail });
    const { outs } = await replace(
      scene,
      keyOf("deployer", "old", { userEmail, userId: id }),
      args,
    );
    expect(outs).toMatchObject({ userId: id, previousKeyId: "old" });
  });
});

describe("a key that does not prove itself", () => {
  it("is deleted again, and nothing is recorded", async () => {
    await using scene = await startScene({ faults: [deadKey()] });
    const error = await rejection(make(scene));
    expect(error).toBeInstanceOf(VerificationError);
    expect((error as Error).message).toContain("was deleted again, nothing else was changed");
    expect(keysOf(scene)).toEqual([]);
    expect(scene.context.memory.resource(resourceUrn)?.made).toBeUndefined();
  });

  it.each<{ what: string; fault: Fault }>([
    { what: "an outage", fault: respond({ status: 500 }, { path: "/account", count: Infinity }) },
    {
      what: "a firewall",
      fault: respond(
        { status: 403, html: "<p>Blocked</p>" },
        { path: "/account", count: Infinity },
      ),
    },
    { what: "an unreadable answer", fault: truncate({ path: "/account", count: Infinity }) },
    { what: "an odd status", fault: respond({ status: 418 }, { path: "/account" }) },
    {
      what: "a broken connection",
      fault: cut({ when: "before-work" }, { path: "/account", count: Infinity }),
    },
  ])("because of $what is deleted again as well, and the error says both", async ({ fault }) => {
    await using scene = await startScene({ faults: [fault] });
    const error = await rejection(make(scene));
    expect(error).toBeInstanceOf(VerificationError);
    expect((error as Error).message).toMatch(/^could not .*\. The new key was deleted again/);
    expect((error as Error).cause).toBeInstanceOf(VultrError);
    expect(keysOf(scene)).toEqual([]);
  });

  it("is deleted again also where Vultr does not know it for a while", async () => {
    const lag = respond({ status: 404 }, { method: "DELETE", count: 2 });
    await using scene = await startScene({ faults: [deadKey(), lag] });
    expect(await rejection(make(scene))).toBeInstanceOf(VerificationError);
    expect(keysOf(scene)).toEqual([]);
    expect(scene.gapsMs("DELETE key")).toEqual([500, 1_000]);
  });

  it("is said not to be seen gone where the list cannot be read", async () => {
    const blind = respond({ status: 403 }, { method: "GET", path: keysPath, skip: 1 });
    await using scene = await startScene({ faults: [deadKey(), blind] });
    const error = await rejection(make(scene));
    expect(error).toBeInstanceOf(VerificationError);
    expect((error as Error).message).toContain("though not seen to be gone");
    expect(keysOf(scene)).toEqual([]);
  });

  it("is kept in state where it cannot be deleted, as a key that is not in order", async () => {
    const refusal = respond({ status: 403 }, { path: keyPath });
    await using scene = await startScene({ faults: [deadKey(), refusal] });
    const error = (await rejection(make(scene))) as PartialCreateError;
    const [key] = keysOf(scene);
    expect(error).toBeInstanceOf(PartialCreateError);
    expect(error.id).toBe(`${scene.userId}/${key!.id}`);
    expect(error.hint).toContain(
      `-X DELETE ${scene.vultr.url}/users/${scene.userId}/apikeys/${key!.id}`,
    );
    const properties = error.propertiesFor("text");
    expect(properties).toMatchObject({ keyId: key!.id, apiKey: key!.apiKey, __provider: "text" });
    expect(properties).not.toHaveProperty("verifiedAt");
    expect(properties.isUnproven).toBe(true);
    expect(scene.context.memory.resource(resourceUrn)?.made).toMatchObject({
      keyId: key!.id,
      isUnproven: true,
    });
  });

  it("is kept in state rather than forgotten where the answer to its deletion was lost", async () => {
    const lostAnswer = cut({ when: "after-work" }, { method: "DELETE" });
    await using scene = await startScene({ faults: [deadKey(), lostAnswer] });
    // The second DELETE meets a 404: the key may be gone, or Vultr may not know it yet.
    expect(await rejection(make(scene))).toBeInstanceOf(PartialCreateError);
    expect(scene.gapsMs("DELETE key").slice(1)).toEqual([500, 1_000, 2_000, 5_000]);
  });

  it("is undone although the time for making it is over", async () => {
    const throttle = tooManyRequests({ retryAfterSeconds: 299.9 }, { path: "/account" });
    await using scene = await startScene({ faults: [deadKey(), throttle] });
    expect(await rejection(make(scene))).toBeInstanceOf(VerificationError);
    expect(keysOf(scene)).toEqual([]);
  });

  describe("because of a bug of ours", () => {
    const bug = new TypeError("x is not a function");
    const buggy: SceneOptions = {
      around: (transport) => ({
        ...transport,
        send: (request) =>
          request.path === "/account" ? Promise.reject(bug) : transport.send(request),
      }),
    };

    it("is deleted again, and the error asks for an issue", async () => {
      await using scene = await startScene(buggy);
      const error = await rejection(make(scene));
      expect(error).toMatchObject({ name: "VerificationError", hint: "Please open an issue." });
      expect((error as Error).message).toContain("x is not a function. The new key was deleted");
      expect(keysOf(scene)).toEqual([]);
    });

    it("is handed over where it cannot be deleted", async () => {
      const refusal = respond({ status: 403 }, { path: keyPath });
      await using scene = await startScene({ ...buggy, faults: [refusal] });
      expect(await rejection(make(scene))).toBeInstanceOf(PartialCreateError);
    });
  });
});

describe("a key that was to expire and will not", () => {
  const dropped: SceneOptions = {
    switches: { badDate: "expiry-dropped" },
    vultrAheadMs: 86_400_000,
  };

  it("is not the key that was asked for: it is deleted again", async () => {
    await using scene = await startScene(dropped);
    const error = await rejection(make(scene, { expiresIn: "12h" }));
    expect(error).toBeInstanceOf(VerificationError);
    expect((error as Error).message).toContain("Vultr made one that never expires");
    expect(keysOf(scene)).toEqual([]);
  });

  it("is fine where no expiry was asked for", async () => {
    await using scene = await startScene(dropped);
    await make(scene);
    expect(keysOf(scene)).toHaveLength(1);
  });
});

describe("before a resource's first key is made, others that look like it are named", () => {
  const containing = (text: string) => expect.stringContaining(text) as string;

  it("once, neutrally, with the command that tells more and none that deletes", async () => {
    await using scene = await startScene();
    const key = scene.vultr.addKey(scene.userId, { name: "deployer-dev-abcdefgh" });
    await make(scene);
    await make(scene);
    expect(scene.notices).toEqual([containing(`"deployer-dev-abcdefgh" (${key.id})`)]);
    expect(scene.notices[0]).toMatch(/^note: .*It may be in use elsewhere.*user-api-key audit`/);
    expect(scene.notices[0]).not.toMatch(/DELETE|--revoke/);
    expect(keysOf(scene).map(({ id }) => id)).toContain(key.id);
  });

  it.each<{ named: string; args: KeyInputs; isNamed: boolean }>([
    { named: "deployer-dev-abcdefgh", args: {}, isNamed: true },
    { named: "deployer-prod-abcdefgh", args: {}, isNamed: false },
    { named: "other-dev-abcdefgh", args: {}, isNamed: false },
    { named: "deployer", args: {}, isNamed: false },
    { named: "deployer-abcdefgh", args: { resourceUrn: undefined }, isNamed: true },
    {
      named: "key-abcdefgh",
      args: { resourceUrn: undefined, resourceName: undefined },
      isNamed: true,
    },
    { named: "ci", args: { name: "ci" }, isNamed: true },
    { named: "CI", args: { name: "ci" }, isNamed: false },
    { named: "deployer-dev-abcdefgh", args: { name: "ci" }, isNamed: false },
  ])("$named, for $args: $isNamed", async ({ named, args, isNamed }) => {
    await using scene = await startScene();
    scene.vultr.addKey(scene.userId, { name: named });
    await make(scene, args);
    expect(scene.notices).toHaveLength(isNamed ? 1 : 0);
  });

  it("but not those that this run knows", async () => {
    await using scene = await startScene();
    const { id } = scene.vultr.addKey(scene.userId, { name: "deployer-dev-abcdefgh" });
    scene.context.memory.noteKnown(id);
    await make(scene);
    expect(scene.notices).toEqual([]);
  });

  it("from one list a user and run, whatever is made in between", async () => {
    await using scene = await startScene();
    await make(scene);
    scene.clock.advance(3_600_000);
    await make(scene, { name: "ci" });
    const lists = scene.sent().filter((request) => request === "GET keys");
    expect(lists).toHaveLength(1);
  });

  it("and a rotation, whose end will look, does not look first", async () => {
    await using scene = await startScene();
    await replace(scene, keyOf("deployer", "old", { userId: scene.userId }));
    expect(scene.sent()).toEqual(["POST keys", "GET account"]);
  });

  it("where the list cannot be read, the create fails before it makes anything", async () => {
    const blind = respond({ status: 403 }, { path: keysPath });
    await using scene = await startScene({ faults: [blind] });
    expect(await rejection(make(scene))).toMatchObject({ status: 403 });
    expect(scene.sent()).toEqual(["GET keys"]);
  });
});

describe("the wall clock may jump while a key is made", () => {
  it.each([86_400_000, -86_400_000])("by %i ms: it is made and proven", async (jumpMs) => {
    await using scene = await startScene({ faults: [lateKey({ ms: 10_000 })] });
    const made = make(scene);
    scene.clock.jumpWallClock(jumpMs);
    expect((await made).outs).toHaveProperty("verifiedAt");
  });
});
