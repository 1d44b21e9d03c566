import { startScene } from "../support/scene";

test("previews say why a key is due, up rotates it, and a second up does nothing", async () => {
  await using scene = await startScene();
  await scene.up(`
    key("aged", { rotateAfter: "30d" });
    key("expiring", { expiresIn: "60d", rotateBeforeExpiry: "15d" });
    key("forgotten", { expiresIn: "40d" });`);
  const [aged, expiring] = [scene.idsAtVultr("aged"), scene.idsAtVultr("expiring")];

  scene.moveTo(31);
  const preview = await scene.preview();
  expect(preview.output).toMatch(
    /API key "aged-test-\w+" is due for rotation: it is 31 days old, rotateAfter is 30d\./,
  );
  expect(preview.output).toContain("+-1 to replace");
  await scene.up();
  expect(scene.idsAtVultr("aged")).toHaveLength(1);
  expect(scene.idsAtVultr("aged")).not.toEqual(aged);
  expect(scene.idsAtVultr("expiring")).toEqual(expiring);

  scene.moveTo(46);
  const { output } = await scene.up();
  expect(output).toMatch(
    /"expiring-test-\w+" is due for rotation: it expires in 13 days, rotateBeforeExpiry is 15d\./,
  );
  expect(output).toMatch(
    /warning: API key "forgotten-test-\w+" expired at .* and nothing asks for a new one yet/,
  );
  expect(scene.idsAtVultr("expiring")).not.toEqual(expiring);
  expect((await scene.up()).output).toContain("4 unchanged");
});
