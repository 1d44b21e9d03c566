import { revoke } from "../../../provider/lifecycle/revoke";
import {
  BadRequestError,
  NotFoundError,
  PermissionError,
  UnconfirmedDeleteError,
} from "../../../provider/vultr/errors";
import { respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keyPath, keysPath, type Scene, type SceneOptions, startScene } from "./scene";

/** A user with one key, and a try to revoke it. */
async function sceneWithKey(options: SceneOptions = {}) {
  const scene = await startScene(options);
  const { id: keyId } = scene.vultr.addKey(scene.userId);
  const run = (limitMs = 300_000) =>
    revoke(scene.context, { userId: scene.userId, keyId }, scene.clock.now() + limitMs);
  return { ...scene, keyId, run };
}

const isGone = ({ vultr, userId }: Scene) => vultr.keysOf(userId).length === 0;

it("a key is deleted, and then seen to be gone from its user's list", async () => {
  await using scene = await sceneWithKey();
  await scene.run();
  expect(isGone(scene)).toBe(true);
  expect(scene.sent()).toEqual(["DELETE key", "GET keys"]);
});

describe("a key that is gone already is a success, however Vultr words it", () => {
  it.each(["404", "400", "external-error"] as const)("%s", async (missingKey) => {
    await using scene = await sceneWithKey({ switches: { missingKey } });
    scene.vultr.deleteKey(scene.keyId);
    await scene.run();
    expect(scene.sent()).toEqual(["DELETE key", "GET keys"]);
  });

  it("also where its user is gone", async () => {
    await using scene = await sceneWithKey();
    scene.vultr.removeUser(scene.userId);
    await scene.run();
  });
});

describe("a list that is behind is looked at again", () => {
  it("at growing distances", async () => {
    await using scene = await sceneWithKey({ switches: { deletedKeyListedForMs: 13_500 } });
    await scene.run();
    expect(scene.gapsMs("GET keys")).toEqual([500, 1_000, 2_000, 5_000, 5_000]);
  });

  it("for a minute, after which nobody can say that the key is gone", async () => {
    await using scene = await sceneWithKey({ switches: { deletedKeyListedForMs: 3_600_000 } });
    const error = await rejection(scene.run());
    expect(error).toBeInstanceOf(UnconfirmedDeleteError);
    expect((error as Error).message).toContain("Vultr still lists it");
    expect((error as UnconfirmedDeleteError).hint).toContain(`-X DELETE ${scene.vultr.url}`);
    const gapsMs = scene.gapsMs("GET keys");
    expect(gapsMs).toEqual([500, 1_000, 2_000, ...Array.from({ length: 11 }, () => 5_000)]);
  });

  it("but not beyond the deadline", async () => {
    await using scene = await sceneWithKey({ switches: { deletedKeyListedForMs: 3_600_000 } });
    const deadlineMs = scene.clock.now() + 1_600;
    expect(await rejection(scene.run(1_600))).toBeInstanceOf(UnconfirmedDeleteError);
    expect(scene.clock.now()).toBeLessThanOrEqual(deadlineMs);
    expect(scene.sent().filter((request) => request === "GET keys")).toHaveLength(3);
  });

  it("also after a 404, which the list may not have heard of yet", async () => {
    await using scene = await sceneWithKey({ switches: { deletedKeyListedForMs: 1_400 } });
    scene.vultr.deleteKey(scene.keyId);
    await scene.run();
    expect(scene.sent().filter((request) => request === "GET keys")).toHaveLength(3);
  });

  it("and a 404 about a key that stays listed is told as it came", async () => {
    const refusal = respond({ status: 404 }, { method: "DELETE" });
    await using scene = await sceneWithKey({ faults: [refusal] });
    expect(await rejection(scene.run())).toBeInstanceOf(NotFoundError);
    expect(isGone(scene)).toBe(false);
  });
});

it("a 400 about a key that is still listed is Vultr's no: one look is enough", async () => {
  const refusal = respond({ status: 400 }, { method: "DELETE" });
  await using scene = await sceneWithKey({ faults: [refusal] });
  expect(await rejection(scene.run())).toBeInstanceOf(BadRequestError);
  expect(scene.sent()).toEqual(["DELETE key", "GET keys"]);
});

it("any other refusal is told as it came, without a look", async () => {
  const refusal = respond({ status: 403 }, { path: keyPath });
  await using scene = await sceneWithKey({ faults: [refusal] });
  expect(await rejection(scene.run())).toBeInstanceOf(PermissionError);
  expect(scene.sent()).toEqual(["DELETE key"]);
});

describe("where the list cannot be read", () => {
  const blind = respond({ status: 403 }, { path: keysPath });

  it("after a deletion that Vultr accepted, the deletion is not confirmed", async () => {
    await using scene = await sceneWithKey({ faults: [blind] });
    const error = await rejection(scene.run());
    expect(error).toBeInstanceOf(UnconfirmedDeleteError);
    expect((error as Error).cause).toBeInstanceOf(PermissionError);
  });

  it("after one that it did not, the reason is told as it came", async () => {
    const refusal = respond({ status: 404 }, { method: "DELETE" });
    await using scene = await sceneWithKey({ faults: [refusal, blind] });
    expect(await rejection(scene.run())).toBeInstanceOf(PermissionError);
  });

  it("because of a bug of ours, the bug is told as it came", async () => {
    const bug = new TypeError("x is not a function");
    await using scene = await sceneWithKey({
      around: (transport) => ({
        ...transport,
        send: (request) =>
          request.method === "GET" ? Promise.reject(bug) : transport.send(request),
      }),
    });
    expect(await rejection(scene.run())).toBe(bug);
  });
});
