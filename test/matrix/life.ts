/**
 * What one combination of versions is tried with: a key's life and old states, on the real engine, from
 * the packed tarball. Every step proves what it claims by what the emulator and the state say.
 */
import assert from "node:assert/strict";

import { installedPackage } from "../support/installed-package";
import { importOldState, releasedVersions } from "../support/old-states";
import { enginePath, pulumiFolder } from "../support/project";
import { type Scene, startScene } from "../support/scene";
import { nodeFolder } from "./versions";

/** Versions, such as `3.270.0`. */
export interface Combination {
  node: string;
  sdk: string;
  cli: string;
}

type Story = (scene: Scene, combination: Combination) => Promise<void>;

const program = (trigger: string) => `
  exports.apiKey = key("deployer", { userEmail, rotationTrigger: "${trigger}" }).apiKey;
  exports.node = process.versions.node;
  exports.sdk = require("@pulumi/pulumi/package.json").version;
`;

const life: Story = async (scene, { node, sdk }) => {
  const { vultr } = scene;
  await scene.up(program("1"));
  assert.equal(vultr.liveKeys().length, 1, "one key is alive");
  const outputs = await scene.succeed(["stack", "output", "--json"]);
  assert.partialDeepStrictEqual(JSON.parse(outputs.stdout), { node, sdk });
  for (const { userAgent } of vultr.requests)
    assert.match(userAgent, new RegExp(` node/${node}$`), "the provider's Node");

  await scene.declare(program("2"));
  const { VULTR_API_KEY: _, ...env } = scene.env;
  const sent = vultr.requests.length;
  const preview = await scene.succeed(["preview", "--diff"], { env });
  assert.match(preview.output, /rotationTrigger: "1" => "2"/);
  assert.match(preview.output, /\+-1 to replace/);
  assert.equal(vultr.requests.length, sent, "a preview sends nothing");

  await scene.up();
  const aliveKeys = vultr.timeline.map((entry) => entry.liveKeyIds.length);
  assert.deepEqual(aliveKeys, [1, 2, 1], "the new key first, the old key last");
  await scene.succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
  await scene.destroy();
  assert.deepEqual(vultr.liveKeys(), []);
};

/** Refreshes and destroys what an old version left. */
const outlive =
  (version: string): Story =>
  async (scene) => {
    await importOldState(version, scene);
    await scene.refresh();
    assert.equal((await scene.keysInState()).length, 2);
    await scene.destroy();
    assert.deepEqual(scene.vultr.liveKeys(), []);
  };

/** A column of the table each. */
export const stories: Readonly<Record<string, Story>> = {
  "A key's life": life,
  ...Object.fromEntries(
    releasedVersions.map((version) => [`State of ${version}`, outlive(version)]),
  ),
};

/** Plays a story in a scene where the tarball is installed; closing it looks for keys in what was printed and written. */
export async function play(story: Story, combination: Combination): Promise<void> {
  // A later run finds both.
  const node = await nodeFolder(combination.node);
  const installedIn = await installedPackage({ "@pulumi/pulumi": combination.sdk });
  const env = { PATH: enginePath(node, pulumiFolder()) };
  await using scene = await startScene({ installedIn, env });
  await story(scene, combination);
}
