import { read } from "../../../provider/lifecycle/read";
import { AuthenticationError, RefusedError } from "../../../provider/vultr/errors";
import { type EmulatedKey, respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keysPath, type Scene, startScene, stateOf } from "./scene";

const refresh = (scene: Scene, key: EmulatedKey) =>
  read(scene.context, `${key.userId}/${key.id}`, stateOf(key));

describe("a refresh", () => {
  it("keeps what state knows of a key that is there, and the run remembers it", async () => {
    await using scene = await startScene();
    const key = scene.vultr.addKey(scene.userId, { name: "ci" });
    expect(await refresh(scene, key)).toEqual({
      id: `${key.userId}/${key.id}`,
      props: stateOf(key),
    });
    expect(scene.context.memory.recorded.get(key.id)).toBe("ci");
    expect(scene.sent()).toEqual(["GET keys"]);
  });

  it("remembers a key whose name state does not have by the name that Vultr lists", async () => {
    await using scene = await startScene();
    const key = scene.vultr.addKey(scene.userId, { name: "ci" });
    await read(scene.context, "", { userId: key.userId, keyId: key.id });
    expect(scene.context.memory.recorded.get(key.id)).toBe("ci");
  });

  it("finds a key gone once two lists, a second apart, do not show it", async () => {
    await using scene = await startScene();
    const key = scene.vultr.addKey(scene.userId);
    scene.vultr.deleteKey(key.id);
    expect(await refresh(scene, key)).toEqual({});
    expect(scene.gapsMs("GET keys")).toEqual([1_000]);
    expect(scene.context.memory.recorded.has(key.id)).toBe(false);
  });

  it("finds a key there that the first list was too early for", async () => {
    await using scene = await startScene({
      switches: { newKey: { listedAfterMs: 500, usableAfterMs: 0 } },
    });
    const key = scene.vultr.addKey(scene.userId);
    expect(await refresh(scene, key)).toMatchObject({ props: { keyId: key.id } });
    expect(scene.gapsMs("GET keys")).toEqual([1_000]);
  });

  it.each([
    { laterMs: 5_000, lists: 1 },
    { laterMs: 5_001, lists: 2 },
  ])(
    "takes a list for all keys of a user: $lists after $laterMs ms",
    async ({ laterMs, lists }) => {
      await using scene = await startScene();
      const keys = [scene.vultr.addKey(scene.userId), scene.vultr.addKey(scene.userId)];
      await refresh(scene, keys[0]!);
      scene.clock.advance(laterMs);
      await refresh(scene, keys[1]!);
      expect(scene.sent()).toHaveLength(lists);
    },
  );

  it("never takes a refused credential for absence", async () => {
    await using scene = await startScene({
      faults: [respond({ status: 401 }, { path: keysPath })],
    });
    const key = scene.vultr.addKey(scene.userId);
    expect(await rejection(refresh(scene, key))).toBeInstanceOf(AuthenticationError);
  });
});

describe("a program that gets a key by its id", () => {
  it("learns everything of it but its plaintext", async () => {
    await using scene = await startScene();
    const dateExpire = "2031-06-30T00:00:00Z";
    const key = scene.vultr.addKey(scene.userId, { name: "by hand", dateExpire });
    const id = `${key.userId}/${key.id}`;
    expect(await read(scene.context, id, { resourceName: "theirs" })).toEqual({
      id,
      props: {
        resourceName: "theirs",
        keyId: key.id,
        userId: scene.userId,
        name: "by hand",
        dateExpire,
      },
    });
  });

  it("is not given an expiry that there is not", async () => {
    await using scene = await startScene();
    const key = scene.vultr.addKey(scene.userId);
    const { props } = await read(scene.context, `${key.userId}/${key.id}`, {});
    expect(props).not.toHaveProperty("dateExpire");
  });

  it("does not thereby manage it", async () => {
    await using scene = await startScene();
    const key = scene.vultr.addKey(scene.userId);
    await read(scene.context, `${key.userId}/${key.id}`, {});
    expect(scene.context.memory.recorded.size).toBe(0);
  });

  it("is told where there is no such key", async () => {
    await using scene = await startScene();
    const error = await rejection(read(scene.context, `${scene.userId}/none`, {}));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toContain(`user ${scene.userId} has no API key none`);
  });

  it.each(["", "user", "user/", "/key"])("is told that %j is no such id", async (id) => {
    await using scene = await startScene();
    const error = await rejection(read(scene.context, id, {}));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toContain("not of the form <user id>/<key id>");
    expect(scene.sent()).toEqual([]);
  });
});
