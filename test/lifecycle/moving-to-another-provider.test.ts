import { startMiniatureScene } from "../support/miniature-scene";

test("another provider alone takes the key over as it is; a rotation after that is its own", async () => {
  await using scene = await startMiniatureScene();
  const { vultr, userId } = scene;
  const keys = (rotationTrigger: number) => [{ name: "a", args: { userId, rotationTrigger } }];
  const moved = (trigger: number) => ({
    keys: keys(trigger).map((key) => ({ ...key, provider: "emea" })),
    providers: { emea: vultr.rootApiKey },
  });
  await scene.up({ keys: keys(1) });
  const { error, calls } = await scene.up(moved(1));
  expect(error).toBeUndefined();
  expect(calls.map(({ verb }) => verb)).toEqual(["check", "diff"]);
  await scene.up(moved(2));
  expect(vultr.timeline.map(({ event }) => event)).toEqual(["created", "created", "deleted"]);
});
