/**
 * Finds a Pulumi CLI that can run programs in Node and in YAML: the user's own, one from the cache, the official
 * download, or one built from source. The tests drive the real engine, so without one they fail
 * rather than skip.
 */
import path from "node:path";

import { modulesDir, repositoryDir, sharedCacheDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";
import { executableOnPath, isAtLeast, isExecutable } from "./programs.mjs";
import { announced, say } from "./progress.mjs";
import { fillOnce } from "./pulumi-cache.mjs";
import {
  buildProgram,
  minimumGoVersion,
  NoGoError,
  pulumiCli,
  pulumiVersion,
  yamlHost,
} from "./pulumi-source-build.mjs";
import { languageHosts, withLanguageHosts } from "./stand-in.mjs";

const downloadUrl = "https://get.pulumi.com";
const probeTimeoutMs = 3_000;
const installTimeoutMs = 120_000;
const askVersionTimeoutMs = 20_000;
const platform = `${process.platform}-${process.arch}`;
const downloadedName = `official-${pulumiVersion}-${platform}`;
const builtName = `built-${pulumiVersion}-${platform}`;
const builtYamlName = `built-yaml-${yamlHost.version}-${platform}`;

/**
 * @param {{ node: string, environment: Record<string, string | undefined>, probedUrl?: string }} from
 * @returns {Promise<string>} a folder with `pulumi`; first on PATH it can run programs in Node and in YAML
 * @throws {Error} nothing can be had, or `PULUMI_CLI` names something unusable
 */
export async function findPulumiBinDir({ node, environment, probedUrl = downloadUrl }) {
  const cacheDir = sharedCacheDir(environment);
  const own = await usersOwnPulumi(environment);
  if (own) return complete(own, environment, cacheDir);
  const inCache = await cached(environment, cacheDir);
  if (inCache) return inCache;
  const kept = await fetched({ node, environment, cacheDir, probedUrl });
  say(`the Pulumi CLI stays in ${kept}; "npm run clean" removes it`);
  return cached(environment, cacheDir);
}

/** A folder in which this CLI is with all that it needs: its own, if that has it. */
async function complete(cli, environment, cacheDir) {
  const { hasNode, hasYaml } = languageHosts(cli, environment.PATH);
  if (path.basename(cli) === "pulumi" && hasNode && hasYaml) return path.dirname(cli);
  const built = hasYaml ? [] : await builtYamlHost(environment, cacheDir);
  return withLanguageHosts(cli, cacheDir, built);
}

/** The program; without it only the tests of YAML programs fail. */
async function builtYamlHost(environment, cacheDir) {
  const program = path.join(cacheDir, builtYamlName, "bin", yamlHost.name);
  if (isExecutable(program)) return [program];
  try {
    const kept = await fillOnce(cacheDir, builtYamlName, (directory) =>
      buildProgram(yamlHost, environment, directory),
    );
    say(`Pulumi YAML stays in ${kept}; "npm run clean" removes it`);
    return [program];
  } catch (error) {
    if (!(error instanceof NoGoError)) throw error;
    say(`no Pulumi YAML beside the CLI, and no Go to build it: ${error.message}`);
    return [];
  }
}

/**
 * One on PATH must be at least as new as the one that we would fetch, because nothing older is tested
 * here. One that PULUMI_CLI names may be older: that is how to test with it.
 */
async function usersOwnPulumi(environment) {
  if (environment.PULUMI_CLI) {
    const named = path.resolve(environment.PULUMI_CLI);
    const { version, failure } = await versionOf(named, environment);
    if (failure) throw new Error(`PULUMI_CLI names ${named}, which cannot be used: ${failure}.`);
    if (!isAtLeast(version, pulumiVersion))
      say(
        `PULUMI_CLI names ${version}; the oldest that the tests are known to pass with is ${pulumiVersion}`,
      );
    return named;
  }
  const onPath = executableOnPath("pulumi", environment.PATH);
  if (!onPath) return undefined;
  const { version, failure } = await versionOf(onPath, environment);
  if (!failure && isAtLeast(version, pulumiVersion)) return onPath;
  const why = failure ?? `its version is ${version}, and ${pulumiVersion} or newer is needed`;
  say(`${onPath} is not used: ${why}`);
  return undefined;
}

async function versionOf(cli, environment) {
  if (!isExecutable(cli)) return { failure: "it is no executable file" };
  const env = { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" };
  return runQuietly(cli, ["version"], { env, timeoutMs: askVersionTimeoutMs }).then(
    (printed) => ({ version: printed.trim() }),
    (error) => ({ failure: error.message }),
  );
}

async function cached(environment, cacheDir) {
  const [downloaded, built] = [downloadedName, builtName].map((name) =>
    executableOnPath("pulumi", path.join(cacheDir, name, "bin")),
  );
  if (downloaded) return path.dirname(downloaded);
  return built && complete(built, environment, cacheDir);
}

/** The download is tried first; the folder that was filled is returned. */
async function fetched({ node, environment, cacheDir, probedUrl }) {
  let whyNotDownloaded;
  try {
    return await fillOnce(cacheDir, downloadedName, (directory) =>
      downloadPulumi({ node, directory, probedUrl }),
    );
  } catch (error) {
    whyNotDownloaded = error.message;
    say(`no official Pulumi CLI here: ${whyNotDownloaded}`);
  }
  try {
    return await fillOnce(cacheDir, builtName, (directory) =>
      buildProgram(pulumiCli, environment, directory),
    );
  } catch (error) {
    if (!(error instanceof NoGoError)) throw error;
    const message = `A Pulumi CLI is needed and none can be had:
  - no official download: ${whyNotDownloaded}
  - no Go of at least ${minimumGoVersion} to build one: ${error.message}
Install one of these, then run this again:
  - Pulumi ${pulumiVersion} or newer: https://www.pulumi.com/docs/install/ (or let PULUMI_CLI name its binary)
  - Go ${minimumGoVersion} or newer: https://go.dev/doc/install`;
    throw new Error(message, { cause: error });
  }
}

/**
 * Lets Pulumi's own Automation API install the official CLI into `directory`/bin, in a process that can be killed.
 *
 * @throws {Error} it cannot be reached, or is not there in two minutes
 */
async function downloadPulumi({ node, directory, probedUrl }) {
  // Some networks never answer, and the installer would wait for them.
  await fetch(probedUrl, { method: "HEAD", signal: AbortSignal.timeout(probeTimeoutMs) }).catch(
    () => {
      throw new Error(`${probedUrl} cannot be reached`);
    },
  );
  const install = `
    const { createRequire } = require("node:module");
    const [, modulesDir, version, root] = process.argv;
    const { PulumiCommand } = require(modulesDir + "/@pulumi/pulumi/automation");
    const { SemVer } = createRequire(modulesDir + "/@pulumi/pulumi/")("semver");
    PulumiCommand.install({ version: new SemVer(version), root }).catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });`;
  const limits = { cwd: repositoryDir, timeoutMs: installTimeoutMs };
  await announced(`downloading the Pulumi CLI ${pulumiVersion} (2 minutes at most)`, () =>
    runQuietly(node, ["--eval", install, modulesDir, pulumiVersion, directory], limits),
  );
}
