import { create } from "../../../provider/lifecycle/create";
import type { KeyInputs } from "../../../provider/lifecycle/inputs";
import { PartialCreateError } from "../../../provider/lifecycle/partial-create";
import { fingerprintOf, type KeyState } from "../../../provider/lifecycle/state";
import { VerificationError } from "../../../provider/vultr/errors";
import { deadKey, respond, tooManyRequests } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keyPath, keysPath, type Scene, type SceneOptions, startScene } from "./scene";

const make = ({ context, userId }: Scene, args: KeyInputs = {}) =>
  create(context, { resourceName: "deployer", userId, ...args });

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
      ...args,
      userId: scene.userId,
      keyId: key!.id,
      name: key!.name,
      apiKey: key!.apiKey,
      fingerprint: fingerprintOf(key!.apiKey),
      createdAt: "2026-11-01T00:00:00Z",
      verifiedAt: "2026-11-01T00:00:00Z",
    });
    expect(key!.name).toMatch(/^deployer-[a-z2-9]{8}$/);
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
    scene.context.memory.noteExisting({ resourceName: "deployer", userId: scene.userId, ...args });
    const { outs } = await make(scene, args);
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
  it("that a key which it made is recorded", async () => {
    await using scene = await startScene();
    const { outs } = await make(scene);
    expect([...scene.context.memory.recorded]).toEqual([[outs.keyId, outs.name]]);
  });

  it("which key a new one succeeds, and names the new one after it", async () => {
    await using scene = await startScene();
    const { context, userId } = scene;
    const { outs: old } = await make(scene);
    context.memory.noteCurrent(old, { resourceName: "deployer", userId, rotationTrigger: 2 });
    const { outs } = await make(scene, { rotationTrigger: 2 });
    expect(outs.name).toMatch(new RegExp(`^deployer-[a-z2-9]{8}-after-${old.keyId.slice(0, 8)}$`));
    expect(context.memory.successorOf(old.keyId)).toMatchObject({
      keyId: outs.keyId,
      apiKey: outs.apiKey,
    });
  });
});

describe("a key that does not prove itself", () => {
  it("is deleted again, and nothing is recorded", async () => {
    await using scene = await startScene({ faults: [deadKey()] });
    const error = await rejection(make(scene));
    expect(error).toBeInstanceOf(VerificationError);
    expect((error as Error).message).toContain("was deleted again, nothing else was changed");
    expect(keysOf(scene)).toEqual([]);
    expect(scene.context.memory.recorded.size).toBe(0);
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
    const properties = error.propertiesFor("text") as KeyState;
    expect(properties).toMatchObject({ keyId: key!.id, apiKey: key!.apiKey, __provider: "text" });
    expect(properties).not.toHaveProperty("verifiedAt");
    expect(scene.context.memory.recorded.get(key!.id)).toBe(key!.name);
  });

  it("is undone although the time for making it is over", async () => {
    const throttle = tooManyRequests({ retryAfterSeconds: 299.9 }, { path: "/account" });
    await using scene = await startScene({ faults: [deadKey(), throttle] });
    expect(await rejection(make(scene))).toBeInstanceOf(VerificationError);
    expect(keysOf(scene)).toEqual([]);
  });

  it("is left alone after a bug of ours, which is told as it came", async () => {
    const bug = new TypeError("x is not a function");
    await using scene = await startScene({
      around: (transport) => ({
        ...transport,
        send: (request) =>
          request.path === "/account" ? Promise.reject(bug) : transport.send(request),
      }),
    });
    expect(await rejection(make(scene))).toBe(bug);
    expect(keysOf(scene)).toHaveLength(1);
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
