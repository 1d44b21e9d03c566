import { expectGone, findKey, listKeys } from "../../../provider/keys/presence";
import { RefusedError } from "../../../provider/vultr/errors";
import { respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keysPath, type Scene, startScene } from "./scene";

const look = ({ context, clock, deadlineMs }: Scene, userId: string) =>
  listKeys(context, userId, { deadlineMs: deadlineMs(), notBeforeMs: clock.monotonicMs() });

it("a key is there where its user's list shows it, and gone where it does not", async () => {
  await using scene = await startScene();
  const { userId, vultr, context, clock, deadlineMs } = scene;
  const [key, other] = [vultr.addKey(userId, { name: "ci" }), vultr.addKey(userId)];
  vultr.deleteKey(other.id);
  const find = (keyId: string) =>
    findKey(
      context,
      { userId, keyId },
      { deadlineMs: deadlineMs(), notBeforeMs: clock.monotonicMs() },
    );
  expect(await find(key.id)).toMatchObject({ keyId: key.id, name: "ci" });
  expect(await find(other.id)).toBeUndefined();
  vultr.removeUser(userId);
  clock.advance(1);
  expect(await find(key.id)).toBeUndefined();
});

describe.each([404, 400] as const)(
  "where Vultr answers %i about users it does not know",
  (code) => {
    it("a user that is missing by id and in the full listing has no list: undefined", async () => {
      await using scene = await startScene({ switches: { unknownUser: code } });
      scene.vultr.removeUser(scene.userId);
      expect(await look(scene, scene.userId)).toBeUndefined();
      expect(scene.sent()).toEqual(["GET keys", "GET user", "GET users"]);
    });

    it("a user that is still there has a list that could not be read", async () => {
      const lie = respond({ status: code }, { path: keysPath });
      await using scene = await startScene({ faults: [lie] });
      expect(await rejection(look(scene, scene.userId))).toMatchObject({ status: code });
      expect(scene.sent()).toEqual(["GET keys", "GET user"]);
    });

    it("a user that is missing by id alone is not gone", async () => {
      const lies = [keysPath, "/users/*"].map((path) => respond({ status: code }, { path }));
      await using scene = await startScene({ faults: lies });
      expect(await rejection(look(scene, scene.userId))).toMatchObject({ status: code });
    });
  },
);

it.each([401, 403, 405])("a %i never means that anything is gone", async (status) => {
  await using scene = await startScene({ faults: [respond({ status }, { path: keysPath })] });
  expect(await rejection(look(scene, scene.userId))).toMatchObject({ status });
  expect(scene.sent()).toEqual(["GET keys"]);
});

describe("a key that is not listed is gone", () => {
  const notUuids = { userId: "u", keyId: "k" };
  const isGone = (
    { context, deadlineMs }: Scene,
    apiKey: string | undefined,
    isUserMissing = false,
    verifiedAt?: string,
  ) => expectGone(context, { ...notUuids, apiKey, verifiedAt }, isUserMissing, deadlineMs());

  it("where its plaintext is not known: the list alone decides", async () => {
    await using scene = await startScene();
    await isGone(scene, undefined);
    expect(scene.sent()).toEqual([]);
  });

  it.each([{ deletedKeyUsed: "401" }, { deletedKeyUsed: "401-other-text" }] as const)(
    "where the key itself is refused with $deletedKeyUsed",
    async (switches) => {
      await using scene = await startScene({ switches });
      const key = scene.vultr.addKey(scene.userId);
      scene.vultr.deleteKey(key.id);
      await isGone(scene, key.apiKey);
      await isGone(scene, key.apiKey, true, "2026-01-01T00:00:00Z");
      expect(scene.sent()).toEqual(["GET account", "GET account"]);
    },
  );

  it("but not where its user is missing, and it was never seen to authenticate: it may never have worked", async () => {
    await using scene = await startScene();
    const error = await rejection(isGone(scene, "a-key-of-the-tests", true));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toContain("never seen to authenticate");
  });

  it("but not where its user alone is missing: the credential may be another organisation's", async () => {
    await using scene = await startScene();
    const error = await rejection(isGone(scene, undefined, true));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toContain("API key k of user u is gone");
    expect((error as RefusedError).hint).toContain(
      "If the user was deleted, run `pulumi state delete`",
    );
  });

  it.each<{ what: string; status: number; json: object; says: string }>([
    { what: "accepted", status: 200, json: { account: {} }, says: "yet the key authenticates" },
    {
      what: "forbidden, which only a good key is told",
      status: 403,
      json: { error: "Forbidden." },
      says: 'answers the key with "Forbidden."',
    },
    {
      what: "known, from an address that may not use it",
      status: 401,
      json: { error: "Unauthorized IP address: 203.0.113.7" },
      says: "Unauthorized IP address",
    },
  ])("but not where it is $what", async ({ status, json, says }) => {
    await using scene = await startScene({
      faults: [respond({ status, json }, { path: "/account" })],
    });
    const error = await rejection(isGone(scene, "a-key-of-the-tests"));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toContain(says);
    expect((error as RefusedError).hint).toContain("of the organisation that the key belongs to");
  });

  it.each<{ what: string; status: number; html: string }>([
    { what: "a page that wants a login", status: 401, html: "<p>Log in</p>" },
    { what: "a firewall", status: 403, html: "<p>Blocked</p>" },
    { what: "an outage", status: 502, html: "<p>Sorry</p>" },
  ])("but not where $what answers in Vultr's place", async ({ status, html }) => {
    const page = respond({ status, html }, { path: "/account", count: Infinity });
    await using scene = await startScene({ faults: [page] });
    expect(await rejection(isGone(scene, "a-key-of-the-tests"))).toMatchObject({ status });
  });
});
