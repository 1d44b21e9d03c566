import type { Confirmations } from "../../../provider/lifecycle/confirmations";
import type { Context } from "../../../provider/lifecycle/context";
import { create } from "../../../provider/lifecycle/create";
import { deleteKey } from "../../../provider/lifecycle/delete";
import { BadRequestError } from "../../../provider/vultr/errors";
import { respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keyPath, startScene, stateOf } from "./scene";

/** A user with one key, and an account of what verbs tell those who gather for a list. */
async function gatheringScene() {
  const scene = await startScene();
  const key = scene.vultr.addKey(scene.userId, { name: "ci" });
  const told: string[] = [];
  const confirmations: Confirmations = {
    expect: ({ keyId }) => told.push(`expect ${nameOf(keyId)}`),
    join({ keyId }) {
      told.push(`join ${nameOf(keyId)}`);
      return {
        gathered() {
          told.push(`gather after ${scene.sent().at(-1) ?? "nothing"}`);
          return Promise.resolve();
        },
        leave: () => told.push(`leave after ${scene.sent().at(-1) ?? "nothing"}`),
      };
    },
  };
  const nameOf = (keyId: string) => (keyId === key.id ? "ci" : "another");
  const context: Context = { ...scene.context, confirmations };
  return { ...scene, context, key, told };
}

it("a key that was replaced is expected to be revoked in the same run", async () => {
  await using scene = await gatheringScene();
  const { context, key, told, userId } = scene;
  const inputs = { userId, resourceName: "ci", rotationTrigger: 2 };
  context.memory.noteExisting(inputs);
  context.memory.noteCurrent(stateOf(key), inputs);
  await create(context, inputs);
  expect(told).toEqual(["expect ci"]);
});

it("a key that replaces nothing is not", async () => {
  await using scene = await gatheringScene();
  await create(scene.context, { userId: scene.userId, resourceName: "new" });
  expect(scene.told).toEqual([]);
});

it("a revocation waits for the others once its key is deleted, and before it looks", async () => {
  await using scene = await gatheringScene();
  await deleteKey(scene.context, `${scene.userId}/${scene.key.id}`, stateOf(scene.key));
  expect(scene.told).toEqual(["join ci", "gather after DELETE key", "leave after GET keys"]);
});

it("one that fails lets the others go on too", async () => {
  await using scene = await gatheringScene();
  const { context, key, userId, vultr } = scene;
  vultr.inject(respond({ status: 400, json: { error: "no" } }, { path: keyPath }));
  const failure = await rejection(deleteKey(context, `${userId}/${key.id}`, stateOf(key)));
  expect(failure).toBeInstanceOf(BadRequestError);
  expect(scene.told.at(-1)).toBe("leave after GET keys");
});
