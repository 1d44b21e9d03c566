/** Where things are: in the clone, and in the cache that outlives it. */
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const packageName = "pulumi-vultr-user-api-key";

export const repositoryDir = fileURLToPath(new URL("../../", import.meta.url));
export const toolchainDir = fileURLToPath(new URL("./", import.meta.url));
export const modulesDir = path.join(repositoryDir, "node_modules");

/** What this clone remembers between runs; `npm ci` empties it with the rest of node_modules. */
export const stampsDir = path.join(modulesDir, ".cache", packageName);

/**
 * The folder that all clones of one user share: a Pulumi CLI is far too large to have one per clone.
 *
 * @param {Record<string, string | undefined>} environment
 */
export function sharedCacheDir(environment) {
  const named = environment.PULUMI_VULTR_TOOLCHAIN_CACHE;
  if (named) return path.resolve(named);
  const usual = process.platform === "darwin" ? "Library/Caches" : ".cache";
  return path.join(environment.XDG_CACHE_HOME || path.join(os.homedir(), usual), packageName);
}
