import { deleteKey } from "../../../provider/lifecycle/delete";
import type { KeyInputs } from "../../../provider/keys/inputs";
import type { KeyState } from "../../../provider/keys/state";
import { PermissionError, RefusedError } from "../../../provider/vultr/errors";
import { respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { argsOf, keyOf, urnOf } from "./resources";
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

describe("a borrowed key that is not being rotated", () => {
  it("stays as it was found; one line says so and how to revoke it; nothing is sent", async () => {
    await using scene = await sceneWithKey();
    const { id } = scene.key;
    await scene.run({ keyId: id, adoptKeyId: id });
    expect(scene.vultr.keysOf(scene.userId)).toHaveLength(1);
    expect(scene.sent()).toEqual([]);
    expect(scene.notices).toHaveLength(1);
    expect(scene.notices[0]).toMatch(
      /^API key .* stays as it was found: it was adopted, and nothing in this run rotates it\./,
    );
    expect(scene.notices[0]).toContain(`npx pulumi-vultr-user-api-key audit --revoke ${id}`);
  });

  it("is known by its id in Pulumi where state lacks it", async () => {
    await using scene = await sceneWithKey();
    await scene.run({ adoptKeyId: scene.key.id });
    expect(scene.vultr.keysOf(scene.userId)).toHaveLength(1);
  });
});

it("what must not die in this run is refused before anything is sent", async () => {
  await using scene = await sceneWithKey();
  scene.context.memory.noteFailure();
  expect(await rejection(scene.run())).toBeInstanceOf(RefusedError);
  expect(scene.sent()).toEqual([]);
});

describe("once a replaced key is gone, others that look like its resource's are named, not deleted", () => {
  /** The end of a rotation of the scene's key. */
  async function rotated(args: KeyInputs = {}) {
    const scene = await sceneWithKey();
    const { context, userId, key } = scene;
    const inputs = argsOf("ci", { userId, ...args });
    const old = keyOf("ci", key.id, { userId, apiKey: key.apiKey });
    const successor = scene.vultr.addKey(userId, { name: args.name ?? "ci-dev-abcdefgh" });
    context.memory.noteDeclared(argsOf("other", { name: "another" }), true);
    context.memory.noteRecorded(urnOf("other"), keyOf("other", "k"), false);
    context.memory.noteDeclared(inputs, true);
    context.memory.noteRecorded(urnOf("ci"), old, true);
    context.memory.noteMade(
      urnOf("ci"),
      keyOf("ci", successor.id, { userId, previousKeyId: key.id, apiKey: successor.apiKey }),
    );
    return { ...scene, end: () => scene.run(old) };
  }

  it.each([
    { name: "ci-dev-bcdefghj", args: {}, isNamed: true },
    { name: "ci-prod-bcdefghj", args: {}, isNamed: false },
    { name: "exact", args: { name: "exact" }, isNamed: true },
    { name: "ci-dev-bcdefghj", args: { name: "exact" }, isNamed: false },
  ])("$name, for $args: $isNamed", async ({ name, args, isNamed }) => {
    await using scene = await rotated(args);
    const left = scene.vultr.addKey(scene.userId, { name });
    await scene.end();
    expect(scene.notices).toHaveLength(isNamed ? 1 : 0);
    if (isNamed) expect(scene.notices[0]).toContain(`"${name}" (${left.id})`);
    expect(scene.vultr.keysOf(scene.userId)).toHaveLength(2);
    expect(scene.sent()).toEqual(["DELETE key", "GET keys"]);
  });

  it("but not at the end of a resource: nobody declares what its keys are called", async () => {
    await using scene = await sceneWithKey();
    scene.vultr.addKey(scene.userId, { name: "ci-dev-bcdefghj" });
    await scene.run(keyOf("ci", scene.key.id, { userId: scene.userId }));
    expect(scene.notices).toEqual([]);
  });
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

  it("whose user is gone too is not proven gone", async () => {
    await using scene = await sceneWithKey();
    scene.vultr.removeUser(scene.userId);
    expect(await rejection(scene.run({}))).toBeInstanceOf(RefusedError);
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
    const { id: keyId, userId } = scene.own;
    const { memory } = scene.context;
    // A pending deletion of an earlier run, whose successor was adopted without its plaintext.
    const { apiKey: _, ...current } = keyOf("own", scene.successor.id, { previousKeyId: keyId });
    memory.noteDeclared(argsOf("own", { userId, ...program }), true);
    memory.noteRecorded(urnOf("own"), current, false);
    await scene.run(state);
    expect(scene.keyIds()).toEqual([scene.successor.id]);
    expect(scene.sent()).toEqual(["DELETE key"]);
  });

  it("is revoked by itself at the end of its resource, which has no successor", async () => {
    await using scene = await sceneWithOwnKey();
    await scene.run({ allowSelfRevoke: true });
    expect(scene.keyIds()).toEqual([scene.successor.id]);
    expect(scene.sent()).toEqual(["DELETE key"]);
  });

  it("stays the provider's where its successor may not manage users", async () => {
    await using scene = await sceneWithOwnKey();
    const { vultr, context, own } = scene;
    const weak = vultr.addKey(scene.userId, { name: "weak", settled: true });
    context.memory.noteDeclared(argsOf("own"), true);
    context.memory.noteMade(
      urnOf("own"),
      keyOf("own", weak.id, { apiKey: weak.apiKey, previousKeyId: own.id }),
    );
    expect(await rejection(scene.run({ allowSelfRevoke: true }))).toBeInstanceOf(PermissionError);
    expect(context.managementKey).toBe(own.apiKey);
    expect(scene.keyIds()).toContain(own.id);
  });

  it("is revoked by its successor, which takes over for the rest of the run", async () => {
    await using scene = await sceneWithOwnKey();
    const { id: keyId, apiKey } = scene.successor;
    const { memory } = scene.context;
    memory.noteDeclared(argsOf("own"), true);
    memory.noteMade(urnOf("own"), keyOf("own", keyId, { apiKey, previousKeyId: scene.own.id }));
    await scene.run({ allowSelfRevoke: true });
    expect(scene.keyIds()).toEqual([keyId]);
    expect(scene.sent().slice(0, 2)).toEqual(["DELETE key", "GET keys"]);
    expect(scene.vultr.requests.map((request) => request.callerKeyId)).toContain(keyId);
    expect(scene.context.managementKey).toBe(apiKey);
    expect(scene.notices).toEqual([expect.stringContaining("Store the new one")]);
  });
});
