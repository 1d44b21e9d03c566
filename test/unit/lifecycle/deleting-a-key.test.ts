import { deleteKey } from "../../../provider/lifecycle/delete";
import type { KeyState } from "../../../provider/lifecycle/state";
import { RefusedError } from "../../../provider/vultr/errors";
import { respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keysPath, startScene } from "./scene";

/** A user with one key, and a delete of it. */
async function sceneWithKey() {
  const scene = await startScene();
  const key = scene.vultr.addKey(scene.userId, { name: "ci" });
  const run = (state: Partial<KeyState> = { apiKey: key.apiKey }) =>
    deleteKey(scene.context, `${scene.userId}/${key.id}`, state);
  return { ...scene, key, run };
}

it("a key is revoked and seen to be gone", async () => {
  await using scene = await sceneWithKey();
  await scene.run();
  expect(scene.vultr.keysOf(scene.userId)).toEqual([]);
  expect(scene.sent()).toEqual(["DELETE key", "GET keys"]);
});

it("successors that an interrupted run left behind go with it, by the resource's name in state", async () => {
  await using scene = await sceneWithKey();
  const { context, vultr, userId, key, run } = scene;
  const after = key.id.slice(0, 8);
  const used = vultr.addKey(userId, { name: `deployer-abcdefgh-after-${after}` });
  vultr.addKey(userId, { name: `deployer-bcdefghj-after-${after}` });
  context.memory.noteRecorded(used.id, used.name);
  await run({ apiKey: key.apiKey, resourceName: "deployer" });
  expect(vultr.keysOf(userId).map((left) => left.id)).toEqual([used.id]);
});

it.each(["", "no-such-id"])("of the id %j Vultr can know nothing: nothing is sent", async (id) => {
  await using scene = await startScene();
  await deleteKey(scene.context, id, {});
  expect(scene.sent()).toEqual([]);
});

describe("a key adopted without its plaintext", () => {
  it("is told from the provider's own by the ending that Vultr lists", async () => {
    await using scene = await sceneWithKey();
    await scene.run({});
    expect(scene.vultr.keysOf(scene.userId)).toEqual([]);
    expect(scene.sent()).toEqual(["GET keys", "DELETE key", "GET keys"]);
  });

  it("of which Vultr lists no ending is not taken for the provider's own", async () => {
    await using scene = await sceneWithKey();
    const { id } = scene.key;
    scene.vultr.inject(respond({ status: 200, json: { api_keys: [{ id }] } }, { path: keysPath }));
    await scene.run({});
    expect(scene.vultr.keysOf(scene.userId)).toEqual([]);
  });

  it("that is gone is not taken for it either", async () => {
    await using scene = await sceneWithKey();
    scene.vultr.deleteKey(scene.key.id);
    await scene.run({});
  });
});

describe("the provider's own key", () => {
  /** The user owns the management key and a newer one; `run` deletes the former. */
  async function sceneWithOwnKey() {
    const scene = await startScene();
    const { vultr, context } = scene;
    const userId = vultr.rootUserId;
    const [own] = vultr.keysOf(userId);
    const successor = vultr.addKey(userId, { name: "next", settled: true });
    const run = (state: Partial<KeyState> = {}) =>
      deleteKey(context, `${userId}/${own!.id}`, { apiKey: own!.apiKey, ...state });
    const keyIds = () => vultr.keysOf(userId).map((key) => key.id);
    return { ...scene, own: own!, successor, run, keyIds };
  }

  const withoutPlaintext = { apiKey: undefined as never };

  it.each([
    { what: "known by its plaintext", state: {} },
    { what: "known by its ending", state: withoutPlaintext },
  ])("$what, is not revoked", async ({ state }) => {
    await using scene = await sceneWithOwnKey();
    const error = await rejection(scene.run(state));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as RefusedError).hint).toContain("allowSelfRevoke: true");
    expect(scene.keyIds()).toEqual([scene.own.id, scene.successor.id]);
  });

  it("is told from others of its user that were adopted without their plaintext", async () => {
    await using scene = await sceneWithOwnKey();
    const { context, own, successor, keyIds } = scene;
    await deleteKey(context, `${own.userId}/${successor.id}`, {});
    expect(keyIds()).toEqual([own.id]);
  });

  it.each([
    { what: "the state", state: { allowSelfRevoke: true }, program: {} },
    { what: "the program", state: {}, program: { allowSelfRevoke: true } },
  ])("is revoked by itself where $what permits it, without a look", async ({ state, program }) => {
    await using scene = await sceneWithOwnKey();
    const { id: keyId, userId, name } = scene.own;
    const current = { keyId, userId, name, createdAt: "2026-01-01T00:00:00Z" };
    scene.context.memory.noteCurrent(current, program);
    await scene.run(state);
    expect(scene.keyIds()).toEqual([scene.successor.id]);
    expect(scene.sent()).toEqual(["DELETE key"]);
  });

  it("is revoked by its successor, which takes over for the rest of the run", async () => {
    await using scene = await sceneWithOwnKey();
    const { id: keyId, apiKey } = scene.successor;
    scene.context.memory.noteSuccessor(scene.own.id, { keyId, apiKey });
    await scene.run({ allowSelfRevoke: true });
    expect(scene.keyIds()).toEqual([keyId]);
    expect(scene.sent().slice(0, 2)).toEqual(["DELETE key", "GET keys"]);
    expect(scene.vultr.requests.map((request) => request.callerKeyId)).toContain(keyId);
    expect(scene.context.managementKey).toBe(apiKey);
    expect(scene.notices).toEqual([expect.stringContaining("Store the new one")]);
  });
});
