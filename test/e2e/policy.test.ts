/** The policy pack in examples/policy, asked by the real engine. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { repositoryRoot } from "../support/installed-package";
import { sharedScene } from "../support/scene";

// Outputs would be printed by the engine, and what is printed must hold no key.
const pack = ["--policy-pack", join(repositoryRoot, "examples", "policy"), "--suppress-outputs"];

const head = `
  const ring = (name, args) => new VultrUserApiKeyRing(name, { userEmail, ...args });
  const first = key("first", { expiresIn: "90d", rotationTrigger: 1 });`;

/** Args that a preview does not know yet. */
const unknown = `
  key("second", {
    rotationTrigger: first.keyId,
    expiresIn: first.keyId.apply(() => "91d"),
    verify: first.keyId.apply(() => false),
  });`;

/** Breaks each rule, and each with a resource of its own. */
const bad = `
  key("endless", { rotationTrigger: 1 });
  key("long", { rotationTrigger: 1, expiresIn: "91d" });
  key("rigid", { expiresIn: "90d" });
  key("hasty", { expiresIn: "90d", rotateAfter: "30d", verify: false });
  ring("endless-ring", { generation: 1 });
  ring("long-ring", { generation: 3, keepPrevious: 2, expiresIn: "60d" });
  new PluginKey("of-plugin", { userEmail, rotationTrigger: 1 });`;

const exposed = `
  exports.encrypted = first.apiKey;
  exports.plain = pulumi.unsecret(first.apiKey);
  exports.inside = [{ header: pulumi.unsecret(pulumi.interpolate\`Bearer \${first.apiKey}\`) }];
  class Consumer extends pulumi.ComponentResource {
    constructor() {
      super("test:index:Consumer", "consumer");
      this.registerOutputs({ password: pulumi.unsecret(first.apiKey) });
    }
  }
  new Consumer();`;

/** What is wrong with `exposed`. */
const foundInPlain = [
  "advisory cross-stack-key-is-ring project-test",
  "mandatory key-is-encrypted consumer",
  "mandatory key-is-encrypted project-test",
];

const scene = sharedScene({ hasPlugin: true });

/** Lines such as "mandatory key-expires long", in the order of the alphabet. */
function violationsIn({ output }: { output: string }): string[] {
  const lines = output.matchAll(/- \[(\w+)\] +([\w-]+) +\(.*: ([\w-]+)\)$/gm);
  return [...lines].map(([, level, rule, resource]) => `${level} ${rule} ${resource}`).sort();
}

test("each rule stops a preview that breaks it, but for an arg that it does not know yet", async () => {
  const previewed = await scene.failPreview(head + bad + unknown, pack);
  expect(violationsIn(previewed)).toEqual([
    "advisory key-expires second",
    "advisory key-is-proven second",
    "mandatory key-expires endless",
    "mandatory key-expires endless-ring-1",
    "mandatory key-expires long",
    "mandatory key-expires of-plugin",
    "mandatory key-is-proven hasty",
    "mandatory key-rotates rigid",
    "mandatory ring-is-short long-ring",
  ]);
  expect(previewed.output).toContain('"long": The key lives 91 days, and 90 are allowed: write');
  expect(previewed.output).toContain("value at .expiresIn can't be known during preview");
});

test("up judges the args that a preview does not know", async () => {
  expect(violationsIn(await scene.failUp(head + unknown, pack))).toEqual([
    "mandatory key-expires second",
    "mandatory key-is-proven second",
  ]);
  expect(scene.idsAtVultr("first-")).toHaveLength(1);
  expect(scene.idsAtVultr()).toHaveLength(1);
});

test("a program that keeps every rule passes, and keys that it only reads are not judged", async () => {
  const foreign = scene.vultr.addKey(scene.user.id);
  const passed = await scene.up(
    `key("deployer", { expiresIn: "90d", rotateBeforeExpiry: "15d" });
    const hook = new VultrUserApiKeyRing("hook", { userEmail, generation: 2, expiresIn: "60d" });
    VultrUserApiKey.get("foreign", "${scene.user.id}/${foreign.id}");
    exports.header = { nested: [pulumi.interpolate\`Bearer \${hook.apiKey}\`] };
    exports.hook = hook;`,
    pack,
  );
  expect(passed.output).toContain("vultr-user-api-key-policy");
  expect(passed.output).not.toMatch(/\[(mandatory|advisory)\]/);
  expect(scene.idsAtVultr()).toHaveLength(4);
});

test("a key that is exported or handed on in plain is found as soon as it is known", async () => {
  // Not in the preview: of an output that is to be made the engine tells neither the value nor where it goes.
  const made = await scene.failUp(head + exposed, pack);
  expect(violationsIn(made)).toEqual(foundInPlain);
  expect(made.output).toContain(
    'not of a ring: encrypted (of "first"), inside (of "first"), plain (of "first"). A stack',
  );
  expect(made.output).toContain("unencrypted, as inside, plain: leave it");
  expect(made.output).toContain("unencrypted, as password: leave it");
});

test("a preview finds it too; the configuration sets level and number of each rule", async () => {
  const configFile = join(scene.folder, "policy.json");
  const config = {
    "key-expires": { enforcementLevel: "advisory", maxDays: 90.5 },
    "key-is-proven": "advisory",
    "key-rotates": "disabled",
    "ring-is-short": { enforcementLevel: "advisory", maxKeys: 3 },
  };
  await writeFile(configFile, JSON.stringify(config));
  const configured = [...pack, "--policy-pack-config", configFile];
  const advised = await scene.failPreview(head + bad + exposed, configured);
  expect(violationsIn(advised)).toEqual([
    foundInPlain[0],
    "advisory key-expires endless",
    "advisory key-expires endless-ring-1",
    "advisory key-expires long",
    "advisory key-expires of-plugin",
    "advisory key-is-proven hasty",
    ...foundInPlain.slice(1),
  ]);
  expect(advised.output).toContain("The key lives 91 days, and 90.5 are allowed");
  await rm(join(scene.folder, "state"), { recursive: true }); // it holds the key in plain, as it should here
});
