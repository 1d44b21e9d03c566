/** Which versions the package claims, which of them are the newest, and where a Node of a version is. */
import { existsSync } from "node:fs";
import { mkdir, mkdtempDisposable, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import manifest from "../../package.json";
import { repositoryRoot } from "../support/installed-package";
import { withoutOuterNpm } from "../support/outer-npm";
import { pulumiFolder } from "../support/project";
import { runCommand } from "../support/run-command";

const cacheFolder = join(repositoryRoot, "node_modules", ".cache", "matrix");

/** The lowest Node, such as `22.19.0`, and the lowest `@pulumi/pulumi`, such as `3.250.0`, of the manifest. */
export const claimed = {
  node: lowestOf(manifest.engines.node),
  sdk: lowestOf(manifest.peerDependencies["@pulumi/pulumi"]),
};

/**
 * The lowest version of a range such as `>=22.19` or `^3.250.0`: 22.19.0, 3.250.0.
 *
 * @throws {Error} any other form
 */
function lowestOf(range: string): string {
  const [, major, minor, patch = "0"] = /^(?:>=|\^)(\d+)\.(\d+)(?:\.(\d+))?$/.exec(range) ?? [];
  if (major === undefined || minor === undefined)
    throw new Error(`Which version is the lowest of "${range}"? Teach test/matrix/versions.ts.`);
  return [major, minor, patch].join(".");
}

/**
 * The newest released version in a range.
 *
 * @param range such as `24` or `>=3.250.0`
 * @throws {Error} npm cannot tell
 */
export async function newestOf(packageName: string, range: string): Promise<string> {
  const args = ["view", `${packageName}@${range}`, "version", "--json"];
  const answer = JSON.parse(await run("npm", args, repositoryRoot)) as string | string[];
  const released = [answer].flat().filter((version) => /^\d+\.\d+\.\d+$/.test(version));
  const byNumber = released.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const newest = byNumber.at(-1);
  if (newest === undefined) throw new Error(`npm knows no ${packageName} in the range ${range}.`);
  return newest;
}

/** Of the CLI of the set-up, such as `3.259.0`. Another one is tested by `PULUMI_CLI=/path/to/pulumi`. */
export async function cliVersion(): Promise<string> {
  const printed = await run(join(pulumiFolder(), "pulumi"), ["version"], repositoryRoot);
  return printed.trim().replace(/^v/, "");
}

/**
 * A folder with this version of `node` and nothing else. Fetched once.
 *
 * @throws {Error} npm has no such version for this machine
 */
export async function nodeFolder(version: string): Promise<string> {
  const folder = join(cacheFolder, `node-${version}`);
  const binFolder = join(folder, "node_modules", "node", "bin");
  if (existsSync(binFolder)) return binFolder;
  await mkdir(cacheFolder, { recursive: true });
  await using unfinished = await mkdtempDisposable(join(cacheFolder, "unfinished-"));
  const { path } = unfinished;
  await writeFile(join(path, "package.json"), JSON.stringify({ private: true }));
  await run("npm", ["install", "--ignore-scripts", "--no-audit", `node@${version}`], path);
  // What the package's install script would do, where scripts are allowed.
  const packageFolder = join(path, "node_modules", "node");
  await run(process.execPath, ["installArchSpecificPackage.js"], packageFolder);
  await rename(path, folder);
  return binFolder;
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const env = { ...withoutOuterNpm(), PULUMI_SKIP_UPDATE_CHECK: "true" };
  const result = await runCommand(command, args, { cwd, env });
  if (result.code === 0) return result.stdout;
  throw new Error(`${command} ${args.join(" ")} failed:\n${result.output}`);
}
