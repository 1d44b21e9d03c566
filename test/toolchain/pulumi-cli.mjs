/**
 * Finds a Pulumi CLI that can run Node programs: the user's own, one from the cache, the official
 * download, or one built from source. The tests drive the real engine, so without one they fail
 * rather than skip.
 */
import { constants, copyFileSync, linkSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { createHash } from "node:crypto";
import path from "node:path";

import { removeTree, sizeOf, sizeText } from "./disk.mjs";
import { executableIn, executableOnPath, isExecutable } from "./executables.mjs";
import { addLanguageHost, hasLanguageHost, standInIdentity } from "./language-host.mjs";
import { sharedCacheDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";
import { announced, say } from "./progress.mjs";
import { fillOnce } from "./pulumi-cache.mjs";
import { downloadPulumi, downloadUrl, isReachable } from "./pulumi-download.mjs";
import {
  buildPulumi,
  goEnvironment,
  minimumGoVersion,
  pulumiVersion,
} from "./pulumi-source-build.mjs";
import { isAtLeast } from "./versions.mjs";

const askVersionTimeoutMs = 20_000;
const platform = `${process.platform}-${process.arch}`;
const downloadedName = `official-${pulumiVersion}-${platform}`;
const builtName = `built-${pulumiVersion}-${platform}`;

/**
 * @param {{ node: string, environment: Record<string, string | undefined>, probedUrl?: string }} from
 * @returns {Promise<string>} a folder with `pulumi`; first on PATH it can run Node programs
 * @throws {Error} nothing can be had, or `PULUMI_CLI` names something unusable
 */
export async function findPulumiBinDir({ node, environment, probedUrl = downloadUrl }) {
  const cacheDir = sharedCacheDir(environment);
  const own = await usersOwnPulumi(environment);
  if (own) return completed(own, environment, cacheDir);
  return (await cached(cacheDir)) ?? (await fetched({ node, environment, cacheDir, probedUrl }));
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
    if (!isAtLeast(version, pulumiVersion)) {
      say(
        `PULUMI_CLI names ${version}; the oldest that the tests are known to pass with is ${pulumiVersion}`,
      );
    }
    return named;
  }
  const onPath = executableOnPath("pulumi", environment.PATH);
  if (!onPath) return undefined;
  const { version, failure } = await versionOf(onPath, environment);
  if (!failure && isAtLeast(version, pulumiVersion)) return onPath;
  say(
    `${onPath} is not used: ${failure ?? `its version is ${version}, and ${pulumiVersion} or newer is needed`}`,
  );
  return undefined;
}

async function versionOf(cli, environment) {
  if (!isExecutable(cli)) return { failure: "it is no executable file" };
  try {
    const printed = await runQuietly(cli, ["version"], {
      env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeoutMs: askVersionTimeoutMs,
    });
    return { version: printed.trim() };
  } catch (error) {
    return { failure: error.message };
  }
}

/** The folder of the user's own CLI, or of one with our stand-in: nothing is written beside what is the user's. */
async function completed(cli, environment, cacheDir) {
  const isNamedPulumi = path.parse(cli).name === "pulumi";
  if (isNamedPulumi && hasLanguageHost(cli, environment.PATH)) return path.dirname(cli);
  return withStandIn(cli, cacheDir);
}

/**
 * A folder with this CLI and our stand-in for a language host. Clones with another stand-in have a
 * folder of their own. A symbolic link would not do, because the engine follows it and then warns
 * about a language host that is not beside the original.
 */
async function withStandIn(cli, cacheDir) {
  const original = realpathSync(cli);
  const { size, mtimeMs } = statSync(original);
  const identity = createHash("sha256")
    .update([original, size, mtimeMs, standInIdentity()].join("\0"))
    .digest("hex");
  const name = `with-stand-in-${identity.slice(0, 16)}`;
  const directory = await fillOnce(cacheDir, name, async (unfinished) => {
    const binDir = binDirIn(unfinished);
    mkdirSync(binDir);
    linkOrCopy(original, path.join(binDir, `pulumi${path.extname(original)}`));
    addLanguageHost(binDir);
  });
  return binDirIn(directory);
}

/** The CLI has over 100 MB. */
function linkOrCopy(original, target) {
  try {
    linkSync(original, target);
  } catch {
    copyFileSync(original, target, constants.COPYFILE_FICLONE);
  }
}

async function cached(cacheDir) {
  const downloaded = binDirIn(path.join(cacheDir, downloadedName));
  if (executableIn(downloaded, "pulumi")) return downloaded;
  const built = executableIn(binDirIn(path.join(cacheDir, builtName)), "pulumi");
  return built && withStandIn(built, cacheDir);
}

async function fetched({ node, environment, cacheDir, probedUrl }) {
  let kept;
  try {
    kept = await downloadedFolder({ node, cacheDir, probedUrl });
  } catch (error) {
    say(`no official Pulumi CLI here: ${error.message}`);
    kept = await builtFolder({ environment, cacheDir, whyNotDownloaded: error.message });
  }
  say(`the Pulumi CLI stays in ${kept} (${sizeText(sizeOf(kept))}); "npm run clean" removes it`);
  return cached(cacheDir);
}

async function downloadedFolder({ node, cacheDir, probedUrl }) {
  if (!(await isReachable(probedUrl))) throw new Error(`${probedUrl} cannot be reached`);
  return fillOnce(cacheDir, downloadedName, (directory) =>
    announced(`downloading the Pulumi CLI ${pulumiVersion} (2 minutes at most)`, () =>
      downloadPulumi(node, pulumiVersion, directory),
    ),
  );
}

async function builtFolder({ environment, cacheDir, whyNotDownloaded }) {
  return fillOnce(cacheDir, builtName, async (directory) => {
    const cachesDir = path.join(directory, "go");
    const withGo = await goEnvironment(environment, cachesDir).catch((error) => {
      throw nothingCanBeHad(whyNotDownloaded, error.message);
    });
    mkdirSync(binDirIn(directory));
    await buildPulumi(withGo, binDirIn(directory));
    await removeTree(cachesDir);
  });
}

function nothingCanBeHad(whyNotDownloaded, whyNotBuilt) {
  return new Error(
    [
      `A Pulumi CLI is needed and none can be had:`,
      `  - no official download: ${whyNotDownloaded}`,
      `  - no Go of at least ${minimumGoVersion} to build one: ${whyNotBuilt}`,
      `Install one of these, then run this again:`,
      `  - Pulumi ${pulumiVersion} or newer: https://www.pulumi.com/docs/install/ (or let PULUMI_CLI name its binary)`,
      `  - Go ${minimumGoVersion} or newer: https://go.dev/doc/install`,
    ].join("\n"),
  );
}

function binDirIn(directory) {
  return path.join(directory, "bin");
}
