import { startScene, testOfDynamic } from "../support/scene";

test("an address that moves to another user takes no key from the first, also where the resource is renamed", async () => {
  await using scene = await startScene();
  const { vultr, user } = scene;
  await scene.up(`key("before", { userEmail });`);
  const old = scene.idsAtVultr();
  vultr.setEmail(user.id, "former@example.com");
  const { id: userId } = vultr.addUser({ email: "deployer@example.com" });
  const { output } = await scene.failUp(`key("renamed", { userEmail });`);
  expect(output).toContain(`its userEmail now leads to another user, ${userId}`);
  expect(output).toContain(`Write userId: ${user.id} for the user who is meant`);
  expect(old.every(scene.works)).toBe(true);

  await scene.up(`key("renamed", { userId: "${user.id}" });`);
  const { keyId } = await scene.outputsOf("renamed");
  expect(vultr.liveKeys().map(({ id }) => id)).toEqual([keyId]);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
});

testOfDynamic("nor does the next slot of a ring that has moved to other slots", async () => {
  await using scene = await startScene();
  const { vultr, user } = scene;
  const ring = (args: string) => `new VultrUserApiKeyRing("ring", { userEmail, ${args} });`;
  await scene.up(ring("generation: 1"));
  const old = scene.idsAtVultr();
  vultr.setEmail(user.id, "former@example.com");
  vultr.addUser({ email: "deployer@example.com" });
  const { output } = await scene.failUp(ring("generation: 1, keepPrevious: 0"));
  expect(output).toContain("its userEmail now leads to another user");
  expect(old.every(scene.works)).toBe(true);
});
