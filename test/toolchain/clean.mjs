/**
 * Removes what the commands of this repository leave behind, in the clone and on the machine. It
 * needs nothing that they install, and touches nothing that they did not make.
 */
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import path from "node:path";

import { removeTree } from "./disk.mjs";
import { modulesDir, repositoryDir, sharedCacheDir } from "./paths.mjs";
import { say } from "./progress.mjs";
import { isBeingFilled, isOurs } from "./pulumi-cache.mjs";

/** Tools that our commands run keep things in node_modules/.cache too. */
const inClone = [
  "dist",
  "coverage",
  "reference",
  "test/bench/report/quick",
  "node_modules/.cache",
].map((name) => path.join(repositoryDir, name));

/**
 * @param {Record<string, string | undefined>} environment
 * @param {string[]} [places] of this clone
 * @returns {Promise<number>} the exit code: 1 if something had to stay
 */
export async function clean(environment, places = inClone) {
  const cacheDir = sharedCacheDir(environment);
  // All clones of this user share it: one may be filling it right now.
  const isBusy = isBeingFilled(cacheDir);
  const inCache = isBusy || !existsSync(cacheDir) ? [] : readdirSync(cacheDir).filter(isOurs);
  const ours = [...places, ...inCache.map((name) => path.join(cacheDir, name))];
  const found = ours.filter((place) => existsSync(place));
  for (const place of found) {
    await removeTree(place);
    say(`removed ${place}`);
  }
  if (existsSync(cacheDir) && readdirSync(cacheDir).length === 0) rmdirSync(cacheDir);
  if (isBusy)
    say(`${cacheDir} stays: another process is preparing a Pulumi CLI there. Try again later.`);
  else if (found.length === 0) say("nothing to remove");
  if (existsSync(modulesDir)) say(`${modulesDir} stays, as npm made it`);
  return isBusy ? 1 : 0;
}
