/** A TypeScript program that has declared the classes declares the plugin's resources instead. */
import { keyType, pluginKeyType } from "../../provider/names";
import { sharedScene } from "../support/scene";

const scene = sharedScene({ hasPlugin: true });

const args = (trigger: number) => `{ userId, rotationTrigger: ${trigger} }`;
const aliases = (type: string) => `aliases: [{ type: "${type}" }]`;

it.each([
  { keys: "of the default provider", before: "", now: "" },
  {
    keys: "of a VultrProvider",
    before: 'provider: new VultrProvider("org", { apiKey: process.env.VULTR_API_KEY }),',
    now: 'provider: new PluginProvider("org", { apiKey: process.env.VULTR_API_KEY }),',
  },
])("with an alias, keys $keys move, and then rotate, refresh and die", async ({ before, now }) => {
  await scene.up(`new VultrUserApiKey("deployer", ${args(1)}, { ${before} });`);
  const [first] = scene.idsAtVultr();
  const moved = (trigger: number) =>
    `new PluginKey("deployer", ${args(trigger)}, { ${now} ${aliases(keyType)} });`;
  const asked = scene.vultr.requests.length;
  expect((await scene.preview(moved(1))).output).toContain("2 unchanged");
  await scene.up();
  expect(scene.vultr.requests).toHaveLength(asked);

  await scene.up(moved(2));
  expect(scene.works(first)).toBe(false);
  expect(scene.idsAtVultr()).toHaveLength(1);
  const outputs = await scene.outputsOf("deployer");
  expect(outputs).toMatchObject({ previousKeyId: first });
  for (const hidden of ["__provider", "resourceName", "resourceUrn"])
    expect(outputs).not.toHaveProperty(hidden);
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
