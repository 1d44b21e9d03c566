import { read } from "../../../provider/lifecycle/read";
import {
  AuthenticationError,
  RefusedError,
  ResponseSchemaError,
} from "../../../provider/vultr/errors";
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
    expect(scene.context.memory.isKnown(key.id)).toBe(true);
    expect(scene.sent()).toEqual(["GET keys"]);
  });

  it("finds a key gone once two lists, a second apart, do not show it, and it is refused", async () => {
    await using scene = await startScene();
    const key = scene.vultr.addKey(scene.userId);
    scene.vultr.addKey(scene.userId); // another one, which is there
    scene.vultr.deleteKey(key.id);
    expect(await refresh(scene, key)).toEqual({});
    expect(scene.gapsMs("GET keys")).toEqual([1_000]);
    expect(scene.sent()).toEqual(["GET keys", "GET keys", "GET account"]);
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

  it("finds one without a plaintext gone by the lists alone", async () => {
    await using scene = await startScene();
    const { id, userId } = scene.vultr.addKey(scene.userId);
    scene.vultr.deleteKey(id);
    expect(await read(scene.context, `${userId}/${id}`, { userId, keyId: id })).toEqual({});
    expect(scene.sent()).toEqual(["GET keys", "GET keys"]);
  });

  it("finds a key gone whose user is missing, if it is refused", async () => {
    await using scene = await startScene();
    const key = scene.vultr.addKey(scene.userId);
    scene.vultr.removeUser(scene.userId);
    const state = { ...stateOf(key), verifiedAt: "2026-01-01T00:00:00Z" };
    expect(await read(scene.context, "", state)).toEqual({});
    expect(scene.sent().at(-1)).toBe("GET account");
  });

  it("finds one without a plaintext not gone because its user is missing", async () => {
    await using scene = await startScene();
    const { id, userId } = scene.vultr.addKey(scene.userId);
    scene.vultr.removeUser(userId);
    const error = await rejection(read(scene.context, "", { userId, keyId: id }));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as RefusedError).hint).toContain("pulumi state delete");
  });

  it("finds a key not gone that is missing from the list and authenticates", async () => {
    const empty = respond(
      { status: 200, json: { api_keys: [] } },
      { path: keysPath, count: Infinity },
    );
    await using scene = await startScene({ faults: [empty] });
    const key = scene.vultr.addKey(scene.userId);
    const error = await rejection(refresh(scene, key));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toContain("yet the key authenticates");
  });

  it("with the credential of another organisation finds nothing gone", async () => {
    await using theirs = await startScene();
    await using scene = await startScene();
    const key = scene.vultr.addKey(scene.userId);
    // The credential sees their account, which knows no such user; the key itself works in its own.
    const { client } = theirs.context;
    const own = scene.context.client;
    jest.spyOn(client, "getAccountAs").mockImplementation(own.getAccountAs.bind(own));
    const error = await rejection(read(theirs.context, "", stateOf(key)));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as RefusedError).hint).toContain("of the organisation that the key belongs to");
  });

  it("finds a key on the second page of a list that says that there is more", async () => {
    await using scene = await startScene();
    const key = scene.vultr.addKey(scene.userId);
    const json = { api_keys: [], meta: { total: 1, links: { next: "page-2" } } };
    scene.vultr.inject(respond({ status: 200, json }, { path: keysPath }));
    expect(await refresh(scene, key)).toMatchObject({ props: { keyId: key.id } });
    expect(scene.vultr.requests.map(({ query }) => query)).toEqual(["", "cursor=page-2"]);
  });

  it("learns nothing of a list that holds fewer keys than it counts", async () => {
    const json = { api_keys: [], meta: { total: 1, links: { next: "" } } };
    const short = respond({ status: 200, json }, { path: keysPath, count: Infinity });
    await using scene = await startScene({ faults: [short] });
    const key = scene.vultr.addKey(scene.userId);
    expect(await rejection(refresh(scene, key))).toBeInstanceOf(ResponseSchemaError);
  });

  it("never takes a login page for absence", async () => {
    const page = respond({ status: 401, html: "<p>Log in</p>" }, { count: Infinity });
    await using scene = await startScene({ faults: [page] });
    const key = scene.vultr.addKey(scene.userId);
    expect(await rejection(refresh(scene, key))).toBeInstanceOf(AuthenticationError);
  });

  it("takes a list whose age no jump of the wall clock changes", async () => {
    await using scene = await startScene();
    const keys = [scene.vultr.addKey(scene.userId), scene.vultr.addKey(scene.userId)];
    await refresh(scene, keys[0]!);
    scene.clock.jumpWallClock(86_400_000);
    await refresh(scene, keys[1]!);
    expect(scene.sent()).toHaveLength(1);
    scene.clock.jumpWallClock(-2 * 86_400_000);
    scene.clock.advance(5_001);
    await refresh(scene, keys[1]!);
    expect(scene.sent()).toHaveLength(2);
  });

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
    expect(scene.context.memory.isKnown(key.id)).toBe(false);
  });

  it("is told where there is no such key", async () => {
    await using scene = await startScene();
    scene.vultr.addKey(scene.userId);
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
