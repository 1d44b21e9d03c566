/**
 * A key's life and old states on the real engine, with one combination of versions, from the packed
 * tarball. Every step proves what it claims by what the emulator and the state say.
 */
import assert from "node:assert/strict";

import { type Emulator, startEmulator } from "../emulator";
import { installedPackage } from "../support/installed-package";
import { importOldState, releasedVersions } from "../support/old-states";
import { createProject, enginePath, type Project, up } from "../support/project";
import { nodeFolder, type PulumiCli } from "./tools";

export interface Combination {
  node: string;
  sdk: string;
  cli: PulumiCli;
}

export interface Outcome {
  combination: Combination;
  /** What went wrong, by step; empty where all is well. */
  failures: Map<string, unknown>;
}

interface Scene {
  vultr: Emulator;
  project: Project;
  combination: Combination;
}

const userEmail = "deployer@example.com";

const program = (trigger: string) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  const args = { userEmail: "${userEmail}", rotationTrigger: "${trigger}" };
  exports.apiKey = new VultrUserApiKey("deployer", args).apiKey;
  exports.node = process.versions.node;
  exports.sdk = require("@pulumi/pulumi/package.json").version;
`;

/** The steps of a life, each on what the ones before it left. */
export const lifeSteps = ["create", "preview", "rotate", "refresh", "destroy"] as const;
type LifeStep = (typeof lifeSteps)[number];

/** What is judged when the steps are over: whether a key was printed or written anywhere. */
export const wholeLife = "secrecy";

/** Names of the steps, one for each state that a released version left. */
export const stateSteps = releasedVersions.map(stateStep);

function stateStep(version: string): string {
  return `state of ${version}`;
}

const steps: Record<LifeStep, (scene: Scene) => Promise<void>> = {
  async create({ vultr, project, combination }) {
    await project.succeed(up);
    assert.equal(vultr.liveKeys().length, 1, "one key is alive");
    const outputs = await project.run("pulumi", ["stack", "output", "--json"]);
    const { node, sdk } = JSON.parse(outputs.stdout) as Record<string, unknown>;
    assert.deepEqual({ node, sdk }, { node: combination.node, sdk: combination.sdk });
    for (const { userAgent } of vultr.requests)
      assert.match(userAgent, new RegExp(` node/${combination.node}$`), "the provider's Node");
  },
  async preview({ vultr, project }) {
    await project.write(program("2"));
    const { VULTR_API_KEY: _, ...env } = project.env;
    const sent = vultr.requests.length;
    const preview = await project.succeed(["preview", "--diff"], { env });
    assert.match(preview.output, /rotationTrigger: "1" => "2"/);
    assert.match(preview.output, /\+-1 to replace/);
    assert.equal(vultr.requests.length, sent, "a preview sends nothing");
  },
  async rotate({ vultr, project }) {
    await project.succeed(up);
    const aliveKeys = vultr.timeline.map((entry) => entry.liveKeyIds.length);
    assert.deepEqual(aliveKeys, [1, 2, 1], "the new key first, the old key last");
  },
  async refresh({ project }) {
    await project.succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
  },
  async destroy({ vultr, project }) {
    await project.succeed(["destroy", "--yes", "--skip-preview"]);
    assert.deepEqual(vultr.liveKeys(), []);
  },
};

/** @param say hears of each step when it has ended */
export async function live(
  combination: Combination,
  say: (line: string) => void,
): Promise<Outcome> {
  const failures = new Map<string, unknown>();
  /** @returns whether to go on: a step needs what the one before it left */
  const attempt = async (step: string, work: () => Promise<void>): Promise<boolean> => {
    const startMs = Date.now();
    const seconds = () => ((Date.now() - startMs) / 1_000).toFixed(1);
    try {
      await work();
      say(`  ${step}: ${seconds()} s`);
      return true;
    } catch (error) {
      failures.set(step, error);
      say(`  ${step} failed after ${seconds()} s`);
      return false;
    }
  };

  const isInstalled = await attempt("install", () => install(combination));
  if (!isInstalled) return { combination, failures };
  try {
    await onStage(combination, async (scene) => {
      for (const step of lifeSteps) if (!(await attempt(step, () => steps[step](scene)))) return;
    });
  } catch (error) {
    failures.set(wholeLife, error);
  }
  for (const version of releasedVersions)
    await attempt(stateStep(version), () => onStage(combination, outlive(version)));
  return { combination, failures };
}

/** Fetches what the combination needs; a later run finds it. */
async function install({ node, sdk }: Combination): Promise<void> {
  await Promise.all([nodeFolder(node), installedPackage({ "@pulumi/pulumi": sdk })]);
}

/** Refreshes and destroys what an old version left. */
function outlive(version: string): (scene: Scene) => Promise<void> {
  return async ({ vultr, project }) => {
    await importOldState(version, project, vultr);
    await project.succeed(["refresh", "--yes", "--skip-preview"]);
    assert.equal((await project.keysInState()).length, 2);
    await project.succeed(["destroy", "--yes", "--skip-preview"]);
    assert.deepEqual(vultr.liveKeys(), []);
  };
}

/** An account, and a stack of a program in a folder where the package is installed from its tarball. */
async function onStage(
  combination: Combination,
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  const { node, sdk, cli } = combination;
  const installedIn = await installedPackage({ "@pulumi/pulumi": sdk });
  const env = { PATH: enginePath(await nodeFolder(node), cli.folder) };
  await using vultr = await startEmulator();
  vultr.addUser({ email: userEmail });
  await using project = await createProject({ vultr, program: program("1"), installedIn, env });
  await play({ vultr, project, combination });
}
