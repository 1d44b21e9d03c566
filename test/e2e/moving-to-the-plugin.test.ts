/** A TypeScript program that has declared the classes declares the plugin's resources instead. */
import { keyType, pluginKeyType } from "../../provider/names";
import { sharedScene } from "../support/scene";

const scene = sharedScene({ hasPlugin: true });

const args = (trigger: number) => `{ userId, rotationTrigger: ${trigger} }`;
const aliases = (type: string) => `aliases: [{ type: "${type}" }]`;
const credential = "{ apiKey: process.env.VULTR_API_KEY }";

test("with an alias, keys of the default provider and of a VultrProvider move, then rotate, refresh and die", async () => {
  await scene.up(`
    new VultrUserApiKey("usual", ${args(1)});
    new VultrUserApiKey("own", ${args(1)}, { provider: new VultrProvider("org", ${credential}) });`);
  const before = scene.idsAtVultr();
  const moved = (trigger: number) => `
    new PluginKey("usual", ${args(trigger)}, { ${aliases(keyType)} });
    const provider = new PluginProvider("org", ${credential});
    new PluginKey("own", ${args(trigger)}, { provider, ${aliases(keyType)} });`;
  const asked = scene.vultr.requests.length;
  expect((await scene.preview(moved(1))).output).toContain("3 unchanged");
  await scene.up();
  expect(scene.vultr.requests).toHaveLength(asked);

  await scene.up(moved(2));
  expect(before.map(scene.works)).toEqual([false, false]);
  expect(scene.idsAtVultr()).toHaveLength(2);
  const outputs = [await scene.outputsOf("usual"), await scene.outputsOf("own")];
  expect(outputs.map(({ previousKeyId }) => previousKeyId).sort()).toEqual(before);
  for (const hidden of ["__provider", "resourceName", "resourceUrn"])
    for (const each of outputs) expect(each).not.toHaveProperty(hidden);
  await scene.succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
  await scene.destroy();
  expect(scene.idsAtVultr()).toEqual([]);
});

test("back to the class: shown as unchanged, and then no run can refresh the key until the plugin has it again", async () => {
  await scene.up(`new PluginKey("deployer", ${args(1)});`);
  const { output } = await scene.up(
    `new VultrUserApiKey("deployer", ${args(1)}, { ${aliases(pluginKeyType)} });`,
  );
  expect(output).toContain("2 unchanged");
  const refused = await scene.fail(["refresh", "--yes", "--skip-preview"]);
  expect(refused.output).toContain("code must be a string, not undefined");
  expect(scene.idsAtVultr().map(scene.works)).toEqual([true]);
  // The plugin's resource again, with the alias.
  await scene.up(`new PluginKey("deployer", ${args(1)}, { ${aliases(keyType)} });`);
  await scene.destroy();
  expect(scene.idsAtVultr()).toEqual([]);
});
