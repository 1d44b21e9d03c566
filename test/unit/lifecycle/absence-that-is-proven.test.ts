import { findKey, listKeys } from "../../../provider/lifecycle/presence";
import { respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keysPath, type Scene, startScene } from "./scene";

const look = ({ context, clock, deadlineMs }: Scene, userId: string) =>
  listKeys(context, userId, { deadlineMs: deadlineMs(), notBeforeMs: clock.now() });

it("a key is there where its user's list shows it, and gone where it does not", async () => {
  await using scene = await startScene();
  const { userId, vultr, context, clock, deadlineMs } = scene;
  const [key, other] = [vultr.addKey(userId, { name: "ci" }), vultr.addKey(userId)];
  vultr.deleteKey(other.id);
  const find = (keyId: string) =>
    findKey(context, { userId, keyId }, { deadlineMs: deadlineMs(), notBeforeMs: clock.now() });
  expect(await find(key.id)).toMatchObject({ keyId: key.id, name: "ci" });
  expect(await find(other.id)).toBeUndefined();
});

describe.each([404, 400] as const)(
  "where Vultr answers %i about users it does not know",
  (code) => {
    it("a user that is missing by id and in the full listing has no keys", async () => {
      await using scene = await startScene({ switches: { unknownUser: code } });
      scene.vultr.removeUser(scene.userId);
      expect(await look(scene, scene.userId)).toEqual([]);
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
