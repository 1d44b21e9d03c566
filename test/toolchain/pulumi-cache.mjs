/**
 * The shared cache: one process at a time fills it, and a folder in it is either finished or not
 * there. Without that, two clones would build the same CLI for minutes on the same two cores, or one
 * would start what the other has written half of.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { clearInterval, setInterval } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";

import { removeTree, removeTreeAtOnce } from "./disk.mjs";
import { packageName } from "./paths.mjs";
import { announced, say } from "./progress.mjs";

/** A killed process stops touching its lock; after this time the lock counts for nothing. */
const abandonedAfterMs = 10_000;
const askAgainAfterMs = 250;
const unfinished = "unfinished-";
/** Nothing of the user's is called so: what is too old is removed. */
const lockName = `${packageName}.lock`;

/**
 * Fills `cacheDir/name` once: whoever comes second waits, and finds what the first one made. When
 * the work fails or is interrupted, nothing of it stays.
 *
 * @param {string} cacheDir
 * @param {string} name of the folder inside
 * @param {(directory: string) => Promise<void>} fill puts everything into an empty folder
 * @returns {Promise<string>} the finished folder
 */
export async function fillOnce(cacheDir, name, fill) {
  const finished = path.join(cacheDir, name);
  if (existsSync(finished)) return finished;
  mkdirSync(cacheDir, { recursive: true });
  const release = await waitForLock(cacheDir);
  try {
    if (existsSync(finished)) return finished;
    await removeUnfinished(cacheDir);
    const directory = mkdtempSync(path.join(cacheDir, unfinished));
    const removeAtExit = () => {
      say("removing what is unfinished");
      removeTreeAtOnce(directory);
    };
    process.prependListener("exit", removeAtExit);
    try {
      await fill(directory);
      renameSync(directory, finished);
    } finally {
      process.off("exit", removeAtExit);
      await removeTree(directory);
    }
    return finished;
  } finally {
    release();
  }
}

/** Nobody but the holder of the lock writes here, so what is unfinished belongs to the dead. */
async function removeUnfinished(cacheDir) {
  for (const name of readdirSync(cacheDir).filter((entry) => entry.startsWith(unfinished))) {
    await removeTree(path.join(cacheDir, name));
  }
}

async function waitForLock(cacheDir) {
  const atOnce = takeLock(cacheDir);
  if (atOnce) return atOnce;
  return announced("waiting for another process that is preparing the Pulumi CLI", async () => {
    for (;;) {
      await sleep(askAgainAfterMs);
      const release = takeLock(cacheDir);
      if (release) return release;
    }
  });
}

/**
 * Takes the lock of this cache if nobody holds it. Its holder touches the file until it is released.
 * After a suspended machine two may hold it: the first rename wins, and the second fails.
 *
 * @returns {(() => void) | undefined} releases it; undefined if another process holds it
 */
export function takeLock(cacheDir) {
  const file = path.join(cacheDir, lockName);
  const holder = `process ${process.pid} on ${os.hostname()}`;
  const touchedMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
  if (Date.now() - touchedMs > abandonedAfterMs) rmSync(file, { force: true });
  try {
    writeFileSync(file, holder, { flag: "wx" });
  } catch (error) {
    if (error.code === "EEXIST") return undefined;
    throw error;
  }
  const isOurs = () => existsSync(file) && readFileSync(file, "utf8") === holder;
  const touching = setInterval(() => {
    if (isOurs()) utimesSync(file, new Date(), new Date());
  }, abandonedAfterMs / 5);
  touching.unref();
  const release = () => {
    clearInterval(touching);
    process.off("exit", release);
    if (isOurs()) rmSync(file);
  };
  process.on("exit", release);
  return release;
}
