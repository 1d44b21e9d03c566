/**
 * The shared cache: one process at a time fills it, and a folder in it is either finished or not
 * there. Without that, two clones would build the same CLI for minutes on the same two cores, or one
 * would start what the other has written half of.
 */
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";

import { removeTree, removeTreeAtOnce } from "./disk.mjs";
import { packageName } from "./paths.mjs";
import { announced, say } from "./progress.mjs";

/** A killed process no longer renews its lock; after this time the lock counts for nothing. */
const abandonedAfterMs = 30_000;
const lockIn = (cacheDir) => path.join(cacheDir, `${packageName}.locked`);

/**
 * `PULUMI_VULTR_TOOLCHAIN_CACHE` may name a folder that holds other things too: this says what is ours.
 */
export function isOurs(name) {
  return (
    name.startsWith(`${packageName}.`) ||
    /^((official|built|built-yaml)-\d+\.\d+\.\d+-.+|with-stand-in-[0-9a-f]{16})$/.test(name)
  );
}

/**
 * Fills `cacheDir/name` once: whoever comes second waits, and finds what the first one made. When
 * the work fails or is interrupted, nothing of it stays.
 *
 * @param {string} cacheDir
 * @param {string} name of the folder inside
 * @param {(directory: string) => void | Promise<void>} fill puts everything into an empty folder
 * @returns {Promise<string>} the finished folder
 */
export async function fillOnce(cacheDir, name, fill) {
  const finished = path.join(cacheDir, name);
  if (existsSync(finished)) return finished;
  mkdirSync(cacheDir, { recursive: true });
  const release = await takeLock(cacheDir);
  const unfinished = path.join(cacheDir, `${packageName}.unfinished`);
  const removeAtExit = () => {
    say("removing what is unfinished");
    removeTreeAtOnce(unfinished);
  };
  process.prependListener("exit", removeAtExit);
  try {
    if (existsSync(finished)) return finished;
    // Nobody but the holder of the lock writes here: this is what a killed one left.
    await removeTree(unfinished);
    mkdirSync(unfinished);
    await fill(unfinished);
    renameSync(unfinished, finished);
    return finished;
  } finally {
    await removeTree(unfinished);
    process.off("exit", removeAtExit);
    await release();
  }
}

/** The lock of a process that runs is renewed by it every few seconds, and goes with it. */
async function takeLock(cacheDir) {
  // Loaded late: `npm ci` brings it.
  const { lock } = (await import("proper-lockfile")).default;
  const options = { lockfilePath: lockIn(cacheDir), stale: abandonedAfterMs, update: 2_000 };
  return lock(cacheDir, options).catch((error) => {
    if (error.code !== "ELOCKED") throw error;
    const retries = { forever: true, factor: 1, minTimeout: 250 };
    return announced("waiting for another process that is preparing the Pulumi CLI", () =>
      lock(cacheDir, { ...options, retries }),
    );
  });
}

/** Is another process filling this cache? Needs nothing that npm installs. */
export function isBeingFilled(cacheDir) {
  const renewedMs = statSync(lockIn(cacheDir), { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
  return Date.now() - renewedMs < abandonedAfterMs;
}
