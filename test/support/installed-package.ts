/**
 * A folder in which the packed tarball is installed by npm as users install it. Made once for each
 * state of the package, shared by all tests, kept under node_modules/.cache.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import lockfile from "proper-lockfile";

import { devDependencies } from "../../package.json";
import { runCommand } from "./run-command";

export const repositoryRoot = join(__dirname, "..", "..");
const cacheFolder = join(repositoryRoot, "node_modules", ".cache", "installed-package");

/** Where Node keeps what it compiled of installed packages, for all programs that tests run. */
export const compileCache = join(repositoryRoot, "node_modules", ".cache", "compiled-by-node");

/** What a program's folder has beside the package itself: the versions this repository develops with. */
const companions = ["@pulumi/pulumi", "typescript", "ts-node", "@types/node"] as const;

/**
 * The folder; programs in folders below it find the package by its name.
 *
 * @param others companions in other versions than those this repository develops with
 */
export async function installedPackage(others: Record<string, string> = {}): Promise<string> {
  const hash = hashOfPackage();
  const folder = join(cacheFolder, [hash, ...Object.values(others)].join("-"));
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder, { recursive: true });
  // Another worker installs: it takes a quarter of a minute, or five on a busy machine. A lock is that of
  // a killed run when its holder, who renews it every few seconds, has been silent for a minute.
  const release = await lockfile.lock(cacheFolder, {
    retries: { retries: 1_200, factor: 1, minTimeout: 500 },
    stale: 60_000,
    update: 5_000,
  });
  try {
    if (!existsSync(folder)) {
      await dropAllBut(hash);
      await install(folder, others);
    }
    return folder;
  } finally {
    await release();
  }
}

/** Packs the repository. Returns the tarball's path in `folder`. */
export async function pack(folder: string): Promise<string> {
  // The build is done by now; running it again here would change files under other tests.
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const [{ filename }] = JSON.parse(await npm(args, repositoryRoot)) as [{ filename: string }];
  return join(folder, filename);
}

/** The companions with the versions that this repository develops with. */
export function companionVersions(): Record<string, string> {
  return Object.fromEntries(companions.map((name) => [name, devDependencies[name]]));
}

async function install(folder: string, others: Record<string, string>): Promise<void> {
  const building = await mkdtemp(join(cacheFolder, "unfinished-"));
  const own = { "pulumi-vultr-user-api-key": `file:${relative(building, await pack(building))}` };
  const dependencies = { ...companionVersions(), ...others, ...own };
  const manifest = JSON.stringify({ name: "installed-package", private: true, dependencies });
  await writeFile(join(building, "package.json"), manifest);
  await cp(join(repositoryRoot, ".npmrc"), join(building, ".npmrc"));
  const flags = ["--prefer-offline", "--no-package-lock", "--no-audit", "--ignore-scripts"];
  await npm(["install", ...flags], building);
  await rename(building, folder);
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, output } = await runCommand("npm", args, { cwd, env: process.env });
  if (code !== 0) throw new Error(`npm ${args.join(" ")} failed:\n${output}`);
  return stdout;
}

/** What is left of other states of the package, and of runs that were killed. */
async function dropAllBut(hash: string): Promise<void> {
  const names = await readdir(cacheFolder);
  for (const name of names.filter((each) => !each.startsWith(hash)))
    await rm(join(cacheFolder, name), { recursive: true });
}

function hashOfPackage(): string {
  const hash = createHash("sha256");
  const compiled = globSync("dist/**/*.*", { cwd: repositoryRoot }).sort();
  for (const file of ["package.json", "package-lock.json", "README.md", ...compiled])
    hash.update(file).update(readFileSync(join(repositoryRoot, file)));
  return hash.digest("hex").slice(0, 16);
}
