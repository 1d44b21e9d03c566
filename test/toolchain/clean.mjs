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
  let removed = await remove(places);
  removeIfEmpty(cacheOfModules);
  const cacheDir = sharedCacheDir(environment);
  // All clones of this user share it: one may be filling it right now.
  const release = existsSync(cacheDir) ? takeLock(cacheDir) : () => {};
  if (release) {
    removed += await remove(oursIn(cacheDir));
    release();
    removeIfEmpty(cacheDir);
    if (removed === 0) say("nothing to remove");
  } else {
    say(`${cacheDir} stays: another process is preparing a Pulumi CLI there. Try again later.`);
  }
  if (existsSync(modulesDir)) say(`${modulesDir} stays, as npm made it`);
  return release ? 0 : 1;
}

function oursIn(cacheDir) {
  if (!existsSync(cacheDir)) return [];
  const names = readdirSync(cacheDir).filter((name) => namesInSharedCache.test(name));
  return names.map((name) => path.join(cacheDir, name));
}

/** @returns {Promise<number>} how many there were */
async function remove(places) {
  const counted = new Set();
  const found = places
    .filter((place) => existsSync(place))
    .map((place) => ({ place, size: sizeText(sizeOf(place, counted)) }));
  for (const { place, size } of found) {
    await removeTree(place);
    say(`removed ${place} (${size})`);
  }
  return found.length;
}

function removeIfEmpty(directory) {
  if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
}
