/** The policy pack in examples/policy, asked by the real engine. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { startEmulator } from "../emulator";
import { repositoryRoot } from "../support/installed-package";
import { createProject, up } from "../support/project";

const pack = ["--policy-pack", join(repositoryRoot, "examples", "policy")];

const programOf = (body: string) => `
  const pulumi = require("@pulumi/pulumi");
  const { VultrUserApiKey, VultrUserApiKeyRing } = require("pulumi-vultr-user-api-key");
  const userEmail = "deployer@example.com";
  const key = (name, args) => new VultrUserApiKey(name, { userEmail, ...args });
  const ring = (name, args) => new VultrUserApiKeyRing(name, { userEmail, ...args });
  ${body}
`;

/** Breaks each rule, and each with a resource of its own. */
const bad = programOf(`
  key("endless", { rotationTrigger: 1 });
  key("long", { rotationTrigger: 1, expiresIn: "91d" });
  key("rigid", { expiresIn: "90d" });
  key("hasty", { expiresIn: "90d", rotateAfter: "30d", verify: false });
  ring("endless-ring", { generation: 1 });
  ring("long-ring", { generation: 3, keepPrevious: 2, expiresIn: "60d" });
`);

/** Lines such as "mandatory key-expires long", in the order of the alphabet. */
function violationsIn(output: string): string[] {
  const lines = output.matchAll(/- \[(\w+)\] +([\w-]+) +\(.*: ([\w-]+)\)$/gm);
  return [...lines].map(([, level, rule, resource]) => `${level} ${rule} ${resource}`).sort();
}

async function emulatorWithUser() {
  const vultr = await startEmulator();
  const user = vultr.addUser({ email: "deployer@example.com" });
  return { vultr, user, [Symbol.asyncDispose]: () => vultr.close() };
}

test("a program that keeps every rule passes, and keys that it only reads are not judged", async () => {
  await using account = await emulatorWithUser();
  const { vultr, user } = account;
  const foreign = vultr.addKey(user.id);
  const program = programOf(`
    const deployer = key("deployer", { expiresIn: "90d", rotateBeforeExpiry: "15d" });
    const hook = ring("hook", { generation: 2, expiresIn: "60d" });
    VultrUserApiKey.get("foreign", "${user.id}/${foreign.id}");
    exports.header = { nested: [pulumi.interpolate\`Bearer \${deployer.apiKey}\`] };
    exports.hook = hook;
  `);
  await using project = await createProject({ vultr, program });
  const { output } = await project.succeed([...up, ...pack]);
  expect(output).toContain("vultr-user-api-key-policy");
  expect(output).not.toMatch(/\[(mandatory|advisory)\]/);
  expect(vultr.keysOf(user.id)).toHaveLength(4);
});

test("each rule stops a preview that breaks it, by the level and number that the configuration sets", async () => {
  await using account = await emulatorWithUser();
  await using project = await createProject({ vultr: account.vultr, program: bad });
  const refused = await project.pulumi(["preview", ...pack]);
  expect(refused.code).not.toBe(0);
  expect(violationsIn(refused.output)).toEqual([
    "mandatory key-expires endless",
    "mandatory key-expires endless-ring-1",
    "mandatory key-expires long",
    "mandatory key-is-proven hasty",
    "mandatory key-rotates rigid",
    "mandatory ring-is-short long-ring",
  ]);

  const configFile = join(project.folder, "policy.json");
  const config = {
    "key-expires": { enforcementLevel: "advisory", maxDays: 90.5 },
    "key-is-proven": "advisory",
    "key-rotates": "disabled",
    "ring-is-short": { enforcementLevel: "advisory", maxKeys: 3 },
  };
  await writeFile(configFile, JSON.stringify(config));
  const advised = await project.succeed(["preview", ...pack, "--policy-pack-config", configFile]);
  expect(violationsIn(advised.output)).toEqual([
    "advisory key-expires endless",
    "advisory key-expires endless-ring-1",
    "advisory key-expires long",
    "advisory key-is-proven hasty",
  ]);
  expect(advised.output).toContain("The key lives 91 days, and 90.5 are allowed");
});

test("an arg that a preview does not know yet stops no preview, and is judged by up", async () => {
  await using account = await emulatorWithUser();
  const { vultr, user } = account;
  const program = programOf(`
    const first = key("first", { expiresIn: "90d", rotationTrigger: 1 });
    key("second", {
      rotationTrigger: first.keyId,
      expiresIn: first.keyId.apply(() => "91d"),
      verify: first.keyId.apply(() => false),
    });
  `);
  await using project = await createProject({ vultr, program });
  const previewed = await project.succeed(["preview", ...pack]);
  expect(violationsIn(previewed.output)).toEqual([
    "advisory key-expires second",
    "advisory key-is-proven second",
  ]);
  expect(previewed.output).toContain("value at .expiresIn can't be known during preview");

  const refused = await project.pulumi([...up, ...pack]);
  expect(refused.code).not.toBe(0);
  expect(violationsIn(refused.output)).toEqual([
    "mandatory key-expires second",
    "mandatory key-is-proven second",
  ]);
  expect(vultr.keysOf(user.id).map(({ name }) => name.split("-")[0])).toEqual(["first"]);
});

test("a key that is exported or handed on in plain is found as soon as it is known", async () => {
  await using account = await emulatorWithUser();
  const { vultr } = account;
  const program = programOf(`
      const deployer = key("deployer", { expiresIn: "90d", rotationTrigger: 1 });
      exports.encrypted = deployer.apiKey;
      exports.plain = pulumi.unsecret(deployer.apiKey);
      exports.inside = [{ header: pulumi.unsecret(pulumi.interpolate\`Bearer \${deployer.apiKey}\`) }];
      class Consumer extends pulumi.ComponentResource {
        constructor() {
          super("test:index:Consumer", "consumer");
          this.registerOutputs({ password: pulumi.unsecret(deployer.apiKey) });
        }
      }
      new Consumer();
    `);
  await using project = await createProject({ vultr, program });
  const found = ["mandatory key-is-encrypted consumer", "mandatory key-is-encrypted project-test"];
  // Outputs would be printed by the engine, and what is printed must hold no key.
  const quietly = [...pack, "--suppress-outputs"];

  // The key is to be made: the engine tells of its output neither the value nor where it goes.
  const unknown = await project.succeed(["preview", ...quietly]);
  expect(violationsIn(unknown.output)).toEqual([]);
  const made = await project.pulumi([...up, ...quietly]);
  expect(made.code).not.toBe(0);
  expect(violationsIn(made.output)).toEqual(found);
  expect(made.output).toContain("unencrypted, as inside, plain: leave it");
  expect(made.output).toContain("unencrypted, as password: leave it");

  const known = await project.pulumi(["preview", ...quietly]);
  expect(known.code).not.toBe(0);
  expect(violationsIn(known.output)).toEqual(found);

  await rm(join(project.folder, "state"), { recursive: true }); // it holds the key in plain, as it should here
});
