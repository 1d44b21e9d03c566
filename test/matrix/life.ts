/**
 * What one combination of versions is tried with: a key's life and old states, on the real engine, from
 * the packed tarball. Every step proves what it claims by what the emulator and the state say.
 */
import assert from "node:assert/strict";

import { type Emulator, startEmulator } from "../emulator";
import { installedPackage } from "../support/installed-package";
import { importOldState, releasedVersions } from "../support/old-states";
import { createProject, enginePath, type Project, pulumiFolder, up } from "../support/project";
import { nodeFolder } from "./versions";

/** Versions, such as `3.270.0`. */
export interface Combination {
  node: string;
  sdk: string;
  cli: string;
}

/** Hears which step begins. */
type Step = (name: string) => void;
type Story = (
  scene: { vultr: Emulator; project: Project; combination: Combination },
  step: Step,
) => Promise<void>;

const userEmail = "deployer@example.com";
const destroy = ["destroy", "--yes", "--skip-preview"];
const refresh = ["refresh", "--yes", "--skip-preview"];

const program = (trigger: string) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  const args = { userEmail: "${userEmail}", rotationTrigger: "${trigger}" };
  exports.apiKey = new VultrUserApiKey("deployer", args).apiKey;
  exports.node = process.versions.node;
  exports.sdk = require("@pulumi/pulumi/package.json").version;
`;

const life: Story = async ({ vultr, project, combination: { node, sdk } }, step) => {
  step("create");
  await project.succeed(up);
  assert.equal(vultr.liveKeys().length, 1, "one key is alive");
  const outputs = await project.run("pulumi", ["stack", "output", "--json"]);
  assert.partialDeepStrictEqual(JSON.parse(outputs.stdout), { node, sdk });
  for (const { userAgent } of vultr.requests)
    assert.match(userAgent, new RegExp(` node/${node}$`), "the provider's Node");

  step("preview");
  await project.write(program("2"));
  const { VULTR_API_KEY: _, ...env } = project.env;
  const sent = vultr.requests.length;
  const preview = await project.succeed(["preview", "--diff"], { env });
  assert.match(preview.output, /rotationTrigger: "1" => "2"/);
  assert.match(preview.output, /\+-1 to replace/);
  assert.equal(vultr.requests.length, sent, "a preview sends nothing");

  step("rotate");
  await project.succeed(up);
  const aliveKeys = vultr.timeline.map((entry) => entry.liveKeyIds.length);
  assert.deepEqual(aliveKeys, [1, 2, 1], "the new key first, the old key last");

  step("refresh");
  await project.succeed([...refresh, "--expect-no-changes"]);
  step("destroy");
  await project.succeed(destroy);
  assert.deepEqual(vultr.liveKeys(), []);
};

/** Refreshes and destroys what an old version left. */
const outlive =
  (version: string): Story =>
  async ({ vultr, project }, step) => {
    step("import");
    await importOldState(version, project, vultr);
    step("refresh");
    await project.succeed(refresh);
    assert.equal((await project.keysInState()).length, 2);
    step("destroy");
    await project.succeed(destroy);
    assert.deepEqual(vultr.liveKeys(), []);
  };

/** A column of the table each. */
export const stories: Readonly<Record<string, Story>> = {
  "A key's life": life,
  ...Object.fromEntries(
    releasedVersions.map((version) => [`State of ${version}`, outlive(version)]),
  ),
};

/** Plays a story with an account, and a stack of a program in a folder where the tarball is installed. */
export async function play(story: Story, combination: Combination, step: Step): Promise<void> {
  step("install"); // A later run finds both.
  const node = await nodeFolder(combination.node);
  const installedIn = await installedPackage({ "@pulumi/pulumi": combination.sdk });
  const env = { PATH: enginePath(node, pulumiFolder()) };
  await using vultr = await startEmulator();
  vultr.addUser({ email: userEmail });
  await using project = await createProject({ vultr, program: program("1"), installedIn, env });
  await story({ vultr, project, combination }, step);
  // Closing the project looks for keys in what was printed and written.
  step("secrecy");
}
