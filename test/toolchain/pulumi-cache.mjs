/**
 * The shared cache: one process at a time fills it, and a folder in it is either finished or not
 * there. Without that, two clones would build the same CLI for minutes on the same two cores, or one
 * would start what the other has written half of.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { announced } from "./progress.mjs";

/** A killed process stops touching its lock; after this time the lock counts for nothing. */
const defaultAbandonedAfterMs = 10_000;
const askAgainAfterMs = 250;
const unfinished = "unfinished-";

/**
 * Fills `cacheDir/name` once: whoever comes second waits, and finds what the first one made.
 *
 * @param {string} cacheDir
 * @param {string} name of the folder inside
 * @param {(directory: string) => Promise<void>} fill puts everything into an empty folder
 * @param {{ abandonedAfterMs?: number }} [limits] at least 2,000
 * @returns {Promise<string>} the finished folder
 */
export async function fillOnce(
  cacheDir,
  name,
  fill,
  { abandonedAfterMs = defaultAbandonedAfterMs } = {},
) {
  const finished = path.join(cacheDir, name);
  if (existsSync(finished)) return finished;
  mkdirSync(cacheDir, { recursive: true });
  const release = await takeLock(cacheDir, abandonedAfterMs);
  try {
    if (existsSync(finished)) return finished;
    removeUnfinished(cacheDir);
    const directory = mkdtempSync(path.join(cacheDir, unfinished));
    await fill(directory);
    renameSync(directory, finished);
    return finished;
  } finally {
    await release();
  }
}

/** Nobody but the holder of the lock writes here, so what is unfinished belongs to the dead. */
function removeUnfinished(cacheDir) {
  for (const name of readdirSync(cacheDir).filter((entry) => entry.startsWith(unfinished))) {
    rmSync(path.join(cacheDir, name), { recursive: true, force: true });
  }
}

async function takeLock(cacheDir, abandonedAfterMs) {
  // Loaded late: a fresh clone has no dependencies when this file is read.
  const { lock } = (await import("proper-lockfile")).default;
  const tryOnce = async () => {
    try {
      return await lock(cacheDir, {
        lockfilePath: path.join(cacheDir, "lock"),
        stale: abandonedAfterMs,
        // After a suspended machine two may fill at once: the first rename wins, the second fails.
        onCompromised: () => {},
      });
    } catch (error) {
      if (error.code === "ELOCKED") return undefined;
      throw error;
    }
  };
  return (
    (await tryOnce()) ??
    (await announced("waiting for another process that is preparing the Pulumi CLI", async () => {
      for (;;) {
        await sleep(askAgainAfterMs);
        const release = await tryOnce();
        if (release) return release;
      }
    }))
  );
}
