import type { KeyInputs } from "../../../provider/keys/inputs";
import { fingerprintOf, type KeyState } from "../../../provider/keys/state";
import { update } from "../../../provider/lifecycle/update";
import { RefusedError, VerificationError } from "../../../provider/vultr/errors";
import type { EmulatedKey } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { type Scene, startScene } from "./scene";

/** A key that was made and proven. */
function stateOf(key: EmulatedKey): KeyState {
  return {
    resourceName: "deployer",
    userId: key.userId,
    keyId: key.id,
    name: key.name,
    apiKey: key.apiKey,
    fingerprint: fingerprintOf(key.apiKey),
    createdAt: "2026-01-01T00:00:00Z",
    verifiedAt: "2026-01-01T00:00:01Z",
  };
}

/** A key that was taken over without its plaintext. */
function adoptedStateOf(key: EmulatedKey): KeyState {
  const { apiKey: _, fingerprint: __, verifiedAt: ___, ...known } = stateOf(key);
  return { ...known, adoptKeyId: key.id };
}

async function sceneWithKey() {
  const scene = await startScene();
  const key = scene.vultr.addKey(scene.userId, { name: "ci" });
  const run = async (state: KeyState, args: KeyInputs) => {
    const inputs = { resourceName: "deployer", userId: key.userId, ...args };
    scene.context.memory.noteDeclared(inputs, true);
    return (await update(scene.context, state, inputs)).outs;
  };
  return { ...scene, key, run };
}

const sent = ({ sent }: Scene) => sent();

it("args are recorded, outputs stay, and nothing is sent", async () => {
  await using scene = await sceneWithKey();
  const { key, run } = scene;
  const was = { ...stateOf(key), rotateAfter: "30d", dateExpire: "2031-06-30T00:00:00Z" };
  const outs = await run(was, { rotateBeforeExpiry: "14d", expiresIn: "90d", verify: true });
  expect(outs).toEqual({
    ...stateOf(key),
    dateExpire: "2031-06-30T00:00:00Z",
    rotateBeforeExpiry: "14d",
    expiresIn: "90d",
    verify: true,
  });
  expect(sent(scene)).toEqual([]);
});

it("owner, name and expiry are those that the key has, however the args word them", async () => {
  await using scene = await sceneWithKey();
  const { key, run } = scene;
  const was = { ...stateOf(key), dateExpire: "2031-06-30T00:00:00Z" };
  const outs = await run(was, { name: undefined, dateExpire: "2031-06-30T02:00:00+02:00" });
  expect(outs).toMatchObject({ userId: key.userId, name: "ci", dateExpire: was.dateExpire });
});

describe("a key that was kept unproven", () => {
  const unproven = (key: EmulatedKey): KeyState => {
    const { verifiedAt: _, ...state } = stateOf(key);
    return { ...state, isUnproven: true };
  };

  it("is proven now, and the run knows that it may take over", async () => {
    await using scene = await sceneWithKey();
    const outs = await scene.run(unproven(scene.key), {});
    expect(outs.verifiedAt).toBe("2026-11-01T00:00:00Z");
    expect(outs).not.toHaveProperty("isUnproven");
    expect(sent(scene)).toEqual(["GET account"]);
    expect(scene.context.memory.resource("deployer")?.made).toEqual(outs);
  });

  it("may take over also where Vultr knows it and this address may not use it", async () => {
    await using scene = await sceneWithKey();
    scene.vultr.blockAddress("203.0.113.7", scene.userId);
    const outs = await scene.run(unproven(scene.key), {});
    expect(outs).not.toHaveProperty("verifiedAt");
    expect(outs).not.toHaveProperty("isUnproven");
  });

  it("still names the key that it is to replace", async () => {
    await using scene = await sceneWithKey();
    const outs = await scene.run({ ...unproven(scene.key), previousKeyId: "old" }, {});
    expect(outs.previousKeyId).toBe("old");
  });

  it("fails the run again where it still does not authenticate", async () => {
    await using scene = await sceneWithKey();
    const dead = scene.vultr.addKey(scene.userId, { usableAfterMs: Infinity });
    expect(await rejection(scene.run(unproven(dead), {}))).toBeInstanceOf(VerificationError);
    expect(scene.context.memory.resource("deployer")?.made).toBeUndefined();
  });

  it("takes over untried where no proof is wanted any more", async () => {
    await using scene = await sceneWithKey();
    const outs = await scene.run(unproven(scene.key), { verify: false });
    expect(outs).not.toHaveProperty("verifiedAt");
    expect(outs).not.toHaveProperty("isUnproven");
    expect(sent(scene)).toEqual([]);
  });
});

describe("an adopted key", () => {
  it("gets the plaintext that the program gives later: compared, proven and kept", async () => {
    await using scene = await sceneWithKey();
    const { key, run } = scene;
    const { id: adoptKeyId, apiKey: adoptApiKey } = key;
    const outs = await run(adoptedStateOf(key), { adoptKeyId, adoptApiKey });
    expect(outs).toEqual({
      ...stateOf(key),
      adoptKeyId,
      verifiedAt: "2026-11-01T00:00:00Z",
    });
    expect(sent(scene)).toEqual(["GET keys", "GET account"]);
  });

  it("does not get one that ends otherwise", async () => {
    await using scene = await sceneWithKey();
    const { key, run } = scene;
    const other = { adoptKeyId: key.id, adoptApiKey: "ends-otherwise" };
    const error = await rejection(run(adoptedStateOf(key), other));
    expect(error).toBeInstanceOf(RefusedError);
    expect(sent(scene)).toEqual(["GET keys"]);
  });

  it("gets one that cannot be compared because the key is not listed, if it authenticates", async () => {
    await using scene = await sceneWithKey();
    const { key, run } = scene;
    const plaintext = scene.vultr.addKey(scene.userId).apiKey;
    const args = { adoptKeyId: "unlisted", adoptApiKey: plaintext };
    const outs = await run({ ...adoptedStateOf(key), keyId: "unlisted", ...args }, args);
    expect(outs.apiKey).toBe(plaintext);
  });

  it("that has one keeps it, whatever the program gives", async () => {
    await using scene = await sceneWithKey();
    const { key, run } = scene;
    const was = { ...stateOf(key), adoptKeyId: key.id };
    const outs = await run(was, { adoptKeyId: key.id, adoptApiKey: "another" });
    expect(outs).toEqual(was);
    expect(sent(scene)).toEqual([]);
  });

  it("without one stays without one where none is given", async () => {
    await using scene = await sceneWithKey();
    const { key, run } = scene;
    const outs = await run(adoptedStateOf(key), { adoptKeyId: key.id, verify: true });
    expect(outs).toEqual({ ...adoptedStateOf(key), verify: true });
    expect(sent(scene)).toEqual([]);
  });

  it("stays known as adopted when the program no longer says so", async () => {
    await using scene = await sceneWithKey();
    const outs = await scene.run(adoptedStateOf(scene.key), {});
    expect(outs.adoptKeyId).toBe(scene.key.id);
  });
});

describe("a key that replaced an adopted one", () => {
  it("does not take the adopted key's plaintext for its own", async () => {
    await using scene = await sceneWithKey();
    const { key, run } = scene;
    const { apiKey: _, ...was } = { ...stateOf(key), adoptKeyId: "old" };
    const outs = await run(was, { adoptKeyId: "old", adoptApiKey: "plaintext of old" });
    expect(outs).not.toHaveProperty("apiKey");
    expect(sent(scene)).toEqual([]);
  });

  it("forgets the adoption with the program", async () => {
    await using scene = await sceneWithKey();
    const outs = await scene.run({ ...stateOf(scene.key), adoptKeyId: "old" }, {});
    expect(outs).not.toHaveProperty("adoptKeyId");
  });
});
