/** A TypeScript program that has declared the classes declares the plugin's resources instead. */
import { appendFile, symlink } from "node:fs/promises";
import { join } from "node:path";

import { installedPackage } from "../support/installed-package";
import { type Scene, startScene } from "../support/scene";

const [classType, pluginType] = [
  "pulumi-nodejs:dynamic/vultr:UserApiKey",
  "vultr-user-api-key:index:VultrUserApiKey",
];

/** What a generated SDK has. */
const sdk = `
  class Key extends pulumi.CustomResource {
    constructor(name, args, options) {
      super("${pluginType}", name, { apiKey: undefined, keyId: undefined, ...args }, options);
    }
  }
  class Provider extends pulumi.ProviderResource {
    constructor(name, args) {
      super("vultr-user-api-key", name, args);
    }
  }
  const apiKey = process.env.VULTR_API_KEY;`;

const args = (trigger: number) => `{ userId, rotationTrigger: ${trigger} }`;

async function startSceneWithPlugin(): Promise<Scene> {
  const scene = await startScene();
  const modules = join(await installedPackage(), "node_modules");
  await symlink(modules, join(scene.folder, "node_modules"));
  const plugins =
    "plugins:\n  providers:\n    - { name: vultr-user-api-key, path: node_modules/.bin }\n";
  await appendFile(join(scene.folder, "Pulumi.yaml"), plugins);
  return scene;
}

it.each([
  { keys: "of the default provider", before: "", now: "" },
  {
    keys: "of a VultrProvider",
    before: 'provider: new VultrProvider("org", { apiKey }),',
    now: 'provider: new Provider("org", { apiKey }),',
  },
])("with an alias, keys $keys move, and then rotate, refresh and die", async ({ before, now }) => {
  await using scene = await startSceneWithPlugin();
  await scene.up(`${sdk} new VultrUserApiKey("deployer", ${args(1)}, { ${before} });`);
  const [first] = scene.idsAtVultr();
  const moved = (trigger: number) =>
    `${sdk} new Key("deployer", ${args(trigger)}, { ${now} aliases: [{ type: "${classType}" }] });`;
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
  await using scene = await startSceneWithPlugin();
  await scene.up(`${sdk} new Key("deployer", ${args(1)});`);
  const back = { aliases: [{ type: pluginType }] };
  const { output } = await scene.up(
    `new VultrUserApiKey("deployer", ${args(1)}, ${JSON.stringify(back)});`,
  );
  expect(output).toContain("2 unchanged");
  const refused = await scene.fail(["refresh", "--yes", "--skip-preview"]);
  expect(refused.output).toContain("code must be a string, not undefined");
  expect(scene.idsAtVultr().map(scene.works)).toEqual([true]);
  // The plugin's resource again, with the alias.
  await scene.up(
    `${sdk} new Key("deployer", ${args(1)}, { aliases: [{ type: "${classType}" }] });`,
  );
  await scene.destroy();
  expect(scene.idsAtVultr()).toEqual([]);
});
