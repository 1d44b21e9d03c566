/**
 * Finds a Pulumi CLI that can run Node programs: the user's own, one from the cache, the official
 * download, or one built from source. The tests drive the real engine, so without one they fail
 * rather than skip.
 */
import { constants, copyFileSync, linkSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { createHash } from "node:crypto";
import path from "node:path";

import { executableIn, executableOnPath, isExecutable } from "./executables.mjs";
import { addLanguageHost, hasLanguageHost, standInIdentity } from "./language-host.mjs";
import { sharedCacheDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";
import { announced, say } from "./progress.mjs";
import { fillOnce } from "./pulumi-cache.mjs";
import { downloadPulumi, downloadUrl, isReachable } from "./pulumi-download.mjs";
import {
  buildPulumi,
  minimumGoVersion,
  pulumiVersion,
  whyGoCannotBuild,
} from "./pulumi-source-build.mjs";
import { isAtLeast } from "./versions.mjs";

const minimumPulumiVersion = "3.200";
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

async function usersOwnPulumi(environment) {
  if (environment.PULUMI_CLI) {
    const named = path.resolve(environment.PULUMI_CLI);
    const reason = await whyUnusable(named, environment);
    if (!reason) return named;
    throw new Error(`PULUMI_CLI names ${named}, which cannot be used: ${reason}.`);
  }
  const onPath = executableOnPath("pulumi", environment.PATH);
  if (!onPath) return undefined;
  const reason = await whyUnusable(onPath, environment);
  if (!reason) return onPath;
  say(`${onPath} is not used: ${reason}`);
  return undefined;
}

async function whyUnusable(cli, environment) {
  if (!isExecutable(cli)) return "it is no executable file";
  try {
    const version = await runQuietly(cli, ["version"], {
      env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeoutMs: askVersionTimeoutMs,
    });
    if (isAtLeast(version, minimumPulumiVersion)) return undefined;
    return `its version is "${version.trim()}", and ${minimumPulumiVersion} or newer is needed`;
  } catch (error) {
    return error.message;
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
  const reasons = [];
  if (await isReachable(probedUrl)) {
    try {
      return binDirIn(
        await fillOnce(cacheDir, downloadedName, (directory) => download(node, directory)),
      );
    } catch (error) {
      reasons.push(`the official install failed: ${error.message}`);
    }
  } else {
    reasons.push(`${probedUrl} cannot be reached`);
  }

  const obstacle = await whyGoCannotBuild(environment);
  if (!obstacle) {
    say(`no official Pulumi CLI here (${reasons[0]})`);
    await fillOnce(cacheDir, builtName, (directory) => build(environment, directory));
    return cached(cacheDir);
  }
  reasons.push(`no Go of at least ${minimumGoVersion} to build one: ${obstacle}`);
  throw new Error(
    [
      `A Pulumi CLI is needed and none can be had:`,
      ...reasons.map((reason) => `  - ${reason}`),
      `Install one of these, then run this again:`,
      `  - Pulumi ${minimumPulumiVersion} or newer: https://www.pulumi.com/docs/install/ (or let PULUMI_CLI name its binary)`,
      `  - Go ${minimumGoVersion} or newer: https://go.dev/doc/install`,
    ].join("\n"),
  );
}

function download(node, directory) {
  return announced(
    `installing the Pulumi CLI ${pulumiVersion}`,
    () => downloadPulumi(node, pulumiVersion, directory),
    "up to 2 minutes, once",
  );
}

function build(environment, directory) {
  return announced(
    `building the Pulumi CLI ${pulumiVersion} from source`,
    async () => {
      const binDir = binDirIn(directory);
      mkdirSync(binDir);
      await buildPulumi(environment, binDir);
    },
    "about 4 minutes on 2 cores, once",
  );
}

function binDirIn(directory) {
  return path.join(directory, "bin");
}
