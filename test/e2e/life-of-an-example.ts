import type { Scene } from "../support/scene";

/** Whatever its language, an example of one key makes it, rotates it when its configuration says so, and revokes it. */
export async function expectLifeOfExample(scene: Scene): Promise<void> {
  await scene.up();
  const [first] = scene.idsAtVultr();
  expect((await scene.up()).output).toContain("2 unchanged");
  await scene.setConfig("keyGeneration", "2");
  const preview = await scene.preview(undefined, ["--diff"]);
  expect(preview.output).toMatch(/~ rotationTrigger: "?1"? => "?2"?/);
  expect(preview.output).toContain("+-1 to replace");
  await scene.up();
  expect(scene.vultr.timeline.map(({ liveKeyIds }) => liveKeyIds.length)).toEqual([1, 2, 1]);
  expect(scene.works(first)).toBe(false);
  const [second] = scene.idsAtVultr();
  const { stdout } = await scene.succeed(["stack", "output", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ apiKey: "[secret]", keyId: second });
  await scene.succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
  await scene.destroy();
  expect(scene.idsAtVultr()).toEqual([]);
}
