/** The Pulumi SDK and undici need a newer Node than many machines have: npm can bring one. */
import { existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";

import { installEnvironment } from "./dependencies.mjs";
import { modulesDir, stampsDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";
import { announced } from "./progress.mjs";
import { isAtLeast } from "./versions.mjs";

/** undici 8 asks for this one; see `engines` in package.json. */
const minimumVersion = "22.19";

/**
 * A folder in which `node` is new enough, and nothing else is: put first on PATH it cannot hide
 * other programs.
 *
 * @returns {Promise<{ node: string, nodeBinDir: string }>}
 */
export async function findNode() {
  const node = await newEnoughNode();
  const nodeBinDir = path.join(stampsDir, "bin");
  if (process.platform === "win32") return { node, nodeBinDir: path.dirname(node) };
  const link = path.join(nodeBinDir, "node");
  if (targetOf(link) !== node) {
    mkdirSync(nodeBinDir, { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(node, link);
  }
  return { node, nodeBinDir };
}

async function newEnoughNode() {
  const isStillThere = existsSync(process.execPath);
  if (isAtLeast(process.version, minimumVersion) && isStillThere) return process.execPath;

  const fromNpm = path.join(modulesDir, "node", "bin", "node");
  // npm skips install scripts where its user turned them off, and this package is nothing without.
  if (!existsSync(fromNpm)) {
    await announced(`fetching a Node of at least ${minimumVersion} through npm`, () =>
      runQuietly(process.execPath, ["installArchSpecificPackage.js"], {
        cwd: path.join(modulesDir, "node"),
        env: installEnvironment(process.env),
      }),
    );
  }
  if (!existsSync(fromNpm)) {
    throw new Error(
      `Node ${process.version} is too old and npm brought no other: install Node ${minimumVersion} or newer.`,
    );
  }
  return fromNpm;
}

function targetOf(link) {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
