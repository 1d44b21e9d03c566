/** What runs here needs a newer Node than many machines have: npm can bring one. */
import { existsSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import path from "node:path";

import { installEnvironment } from "./dependencies.mjs";
import { modulesDir, stampsDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";
import { isAtLeast } from "./programs.mjs";
import { announced } from "./progress.mjs";

/** The package needs 22.19; its tests use what this one brought, such as folders that remove themselves. */
const minimumVersion = "24.4";

/**
 * A Node that is new enough, and a folder in which it is alone: put first on PATH that folder cannot
 * hide other programs.
 *
 * @returns {Promise<{ node: string, nodeBinDir: string }>}
 */
export async function findNode() {
  const node = await newEnoughNode();
  const nodeBinDir = path.join(stampsDir, "bin");
  const link = path.join(nodeBinDir, "node");
  mkdirSync(nodeBinDir, { recursive: true });
  // Another run in this clone may be using the link: it is replaced at one stroke.
  const unfinished = `${link}-${process.pid}`;
  symlinkSync(node, unfinished);
  renameSync(unfinished, link);
  return { node, nodeBinDir };
}

async function newEnoughNode() {
  // `npm ci` may have deleted the Node that runs us.
  const isStillThere = existsSync(process.execPath);
  if (isAtLeast(process.version, minimumVersion) && isStillThere) return process.execPath;

  const fromNpm = path.join(modulesDir, "node", "bin", "node");
  if (existsSync(fromNpm)) return fromNpm;
  // npm skips install scripts where its user turned them off, and this package is nothing without.
  const inPackage = { cwd: path.join(modulesDir, "node"), env: installEnvironment(process.env) };
  await announced(`fetching a Node of at least ${minimumVersion} through npm`, () =>
    runQuietly(process.execPath, ["installArchSpecificPackage.js"], inPackage),
  );
  if (existsSync(fromNpm)) return fromNpm;
  throw new Error(
    `Node ${process.version} is too old and npm brought no other: install Node ${minimumVersion} or newer.`,
  );
}
