import { startMiniatureScene } from "../support/miniature-scene";

test("a key that only moves to another provider is replaced there, new key first", async () => {
  await using scene = await startMiniatureScene();
  const { vultr, userId } = scene;
  const key = { name: "a", args: { userId } };
  await scene.up({ keys: [key] });
  const moved = { keys: [{ ...key, provider: "emea" }], providers: { emea: vultr.rootApiKey } };
  const { error, calls } = await scene.up(moved);
  expect(error).toBeUndefined();
  const verbs = ["check", "diff", "check as new", "create", "delete"];
  expect(calls.map(({ verb }) => verb)).toEqual(verbs);
  expect(vultr.timeline.map(({ event }) => event)).toEqual(["created", "created", "deleted"]);
});
