/**
 * Removes what the commands of this repository leave behind, in the clone and on the machine. It
 * needs nothing that they install, and touches nothing that they did not make.
 */
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import path from "node:path";

import { removeTree, sizeOf, sizeText } from "./disk.mjs";
import { modulesDir, repositoryDir, sharedCacheDir, stampsDir } from "./paths.mjs";
import { say } from "./progress.mjs";
import { takeLock } from "./pulumi-cache.mjs";

/** `PULUMI_VULTR_TOOLCHAIN_CACHE` may name a folder that holds other things too. */
const namesInSharedCache =
  /^((official|built)-\d+\.\d+\.\d+-.+|with-stand-in-[0-9a-f]{16}|unfinished-\w{6})$/;

const cacheOfModules = path.join(modulesDir, ".cache");

const inClone = [
  ...["dist", "coverage", "reference", "test/bench/report/quick"].map((name) =>
    path.join(repositoryDir, name),
  ),
  ...["installed-package", "installed-package.lock", "matrix"].map((name) =>
    path.join(cacheOfModules, name),
  ),
  stampsDir,
];

/**
 * @param {Record<string, string | undefined>} environment
 * @param {string[]} [places] of this clone
 * @returns {Promise<number>} the exit code: 1 if something had to stay
 */
export async function clean(environment, places = inClone) {
  const removed = { count: 0, counted: new Set() };
  for (const place of places) await remove(place, removed);
  removeIfEmpty(cacheOfModules);
  const isSharedCacheGone = await cleanSharedCache(sharedCacheDir(environment), removed);
  if (removed.count === 0 && isSharedCacheGone) say("nothing to remove");
  if (existsSync(modulesDir)) say(`${modulesDir} stays, as npm made it`);
  return isSharedCacheGone ? 0 : 1;
}

/** All clones of this user share it: one may be filling it right now. */
async function cleanSharedCache(cacheDir, removed) {
  if (!existsSync(cacheDir)) return true;
  const release = takeLock(cacheDir);
  if (!release) {
    say(`${cacheDir} stays: another process is preparing a Pulumi CLI there. Try again later.`);
    return false;
  }
  try {
    for (const name of readdirSync(cacheDir).filter((each) => namesInSharedCache.test(each))) {
      await remove(path.join(cacheDir, name), removed);
    }
  } finally {
    release();
  }
  removeIfEmpty(cacheDir);
  return true;
}

async function remove(place, removed) {
  if (!existsSync(place)) return;
  const size = sizeOf(place, removed.counted);
  await removeTree(place);
  removed.count += 1;
  say(`removed ${place} (${sizeText(size)})`);
}

function removeIfEmpty(directory) {
  if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
}
