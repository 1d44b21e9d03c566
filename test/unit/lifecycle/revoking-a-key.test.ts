import { revoke, takeBack } from "../../../provider/keys/revoke";
import {
  BadRequestError,
  NotFoundError,
  PermissionError,
  RefusedError,
  UnconfirmedDeleteError,
} from "../../../provider/vultr/errors";
import { respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keyPath, keysPath, type Scene, type SceneOptions, startScene } from "./scene";

/** A user with one key, and a try to revoke it. */
async function sceneWithKey(options: SceneOptions = {}) {
  const scene = await startScene(options);
  const { id: keyId, apiKey } = scene.vultr.addKey(scene.userId);
  const key = { userId: scene.userId, keyId };
  const until = (limitMs: number) => scene.clock.monotonicMs() + limitMs;
  const run = (limitMs = 300_000) => revoke(scene.context, key, until(limitMs));
  /** The same of a key whose plaintext state has. */
  const runWithPlaintext = () =>
    revoke(scene.context, { ...key, apiKey, verifiedAt: "2026-01-01T00:00:00Z" }, until(300_000));
  const takeItBack = (limitMs = 120_000) => takeBack(scene.context, key, until(limitMs));
  return { ...scene, keyId, apiKey, run, runWithPlaintext, takeItBack };
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

  it("the key itself, where its plaintext is known, is refused as well", async () => {
    await using scene = await sceneWithKey();
    scene.vultr.deleteKey(scene.keyId);
    await scene.runWithPlaintext();
    expect(scene.sent()).toEqual(["DELETE key", "GET keys", "GET account"]);
  });

  it("also where its user is gone, if the key itself is refused", async () => {
    await using scene = await sceneWithKey();
    scene.vultr.removeUser(scene.userId);
    await scene.runWithPlaintext();
    expect(scene.sent().at(-1)).toBe("GET account");
  });

  it("an accepted deletion and absence are proof together: the key is not tried", async () => {
    await using scene = await sceneWithKey();
    await scene.runWithPlaintext();
    expect(scene.sent()).toEqual(["DELETE key", "GET keys"]);
  });
});

describe("a key that Vultr does not know here, and that nothing proves gone, is not given up", () => {
  it("where its user alone is missing, and there is no plaintext to try", async () => {
    await using scene = await sceneWithKey();
    scene.vultr.removeUser(scene.userId);
    const error = await rejection(scene.run());
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toContain("Vultr does not know its user");
    expect((error as RefusedError).hint).toContain("pulumi state delete");
  });

  it.each([
    { what: "the user is missing", unknownUser: true },
    { what: "the list lacks it", unknownUser: false },
  ])("where $what and the key authenticates", async ({ unknownUser }) => {
    const lies = unknownUser
      ? [
          respond({ status: 404 }, { path: /apikeys/, count: 2 }),
          respond({ status: 404 }, { path: "/users/*" }),
          respond({ status: 200, json: { users: [] } }, { path: "/users" }),
        ]
      : [
          respond({ status: 404 }, { path: keyPath }),
          respond({ status: 200, json: { api_keys: [] } }, { path: keysPath }),
        ];
    await using scene = await sceneWithKey({ faults: lies });
    const error = await rejection(scene.runWithPlaintext());
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toContain("yet the key authenticates");
    expect(isGone(scene)).toBe(false);
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
    const deadlineMs = scene.clock.monotonicMs() + 1_600;
    expect(await rejection(scene.run(1_600))).toBeInstanceOf(UnconfirmedDeleteError);
    expect(scene.clock.monotonicMs()).toBeLessThanOrEqual(deadlineMs);
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

it("the keys that were listed as this one was gone are handed on", async () => {
  await using scene = await sceneWithKey();
  const other = scene.vultr.addKey(scene.userId, { name: "other" });
  expect(await scene.run()).toMatchObject([{ keyId: other.id, name: "other" }]);
});

it("a page that answers the list with 404 or 401 is no absence", async () => {
  for (const status of [401, 403]) {
    const page = respond({ status, html: "<p>Log in</p>" }, { path: keysPath, count: Infinity });
    await using scene = await sceneWithKey({ faults: [page] });
    expect(await rejection(scene.run())).toBeInstanceOf(UnconfirmedDeleteError);
  }
});

describe("a key that was made a moment ago is taken back", () => {
  const lag = (count: number, status: 404 | 400) =>
    respond({ status }, { method: "DELETE", count });

  it.each([404, 400] as const)(
    "with the deletion repeated while Vultr answers %i",
    async (status) => {
      await using scene = await sceneWithKey({ faults: [lag(3, status)] });
      await scene.takeItBack();
      expect(isGone(scene)).toBe(true);
      expect(scene.gapsMs("DELETE key")).toEqual([500, 1_000, 2_000]);
      expect(scene.sent().at(-1)).toBe("GET keys");
    },
  );

  it("for ten seconds, after which its refusal is told as it came", async () => {
    await using scene = await sceneWithKey({ faults: [lag(Infinity, 404)] });
    expect(await rejection(scene.takeItBack())).toBeInstanceOf(NotFoundError);
    expect(scene.gapsMs("DELETE key")).toEqual([500, 1_000, 2_000, 5_000]);
    expect(scene.sent()).not.toContain("GET keys");
  });

  it("but not beyond the deadline", async () => {
    await using scene = await sceneWithKey({ faults: [lag(Infinity, 404)] });
    expect(await rejection(scene.takeItBack(1_600))).toBeInstanceOf(NotFoundError);
    expect(scene.gapsMs("DELETE key")).toEqual([500, 1_000]);
  });

  it("and any other refusal is told at once", async () => {
    const refusal = respond({ status: 403 }, { path: keyPath });
    await using scene = await sceneWithKey({ faults: [refusal] });
    expect(await rejection(scene.takeItBack())).toBeInstanceOf(PermissionError);
    expect(scene.sent()).toEqual(["DELETE key"]);
  });

  it("and one that stays listed is not confirmed", async () => {
    await using scene = await sceneWithKey({ switches: { deletedKeyListedForMs: 3_600_000 } });
    expect(await rejection(scene.takeItBack())).toBeInstanceOf(UnconfirmedDeleteError);
  });
});

describe("the wall clock may jump while a deleted key is looked at", () => {
  it.each([86_400_000, -86_400_000])(
    "by %i ms: the minute is as long as it was",
    async (jumpMs) => {
      await using scene = await sceneWithKey({ switches: { deletedKeyListedForMs: Infinity } });
      const startMs = scene.clock.monotonicMs();
      const end = rejection(scene.run());
      scene.clock.jumpWallClock(jumpMs);
      expect(await end).toBeInstanceOf(UnconfirmedDeleteError);
      // And what the requests wait for their turns.
      expect(Math.floor((scene.clock.monotonicMs() - startMs) / 100)).toBe(585);
    },
  );
});
