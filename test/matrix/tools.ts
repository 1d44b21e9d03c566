/** The tools that a combination is made of: any Node, which npm brings, and the Pulumi CLI of the set-up. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { repositoryRoot } from "../support/installed-package";
import { withoutOuterNpm } from "../support/outer-npm";
import { pulumiFolder } from "../support/project";
import { runCommand } from "../support/run-command";

const cacheFolder = join(repositoryRoot, "node_modules", ".cache", "matrix");

/**
 * A folder with this version of `node` and nothing else. Fetched once.
 *
 * @throws {Error} npm has no such version for this machine
 */
export async function nodeFolder(version: string): Promise<string> {
  const folder = join(cacheFolder, `node-${version}`);
  const binFolder = join(folder, "node_modules", "node", "bin");
  if (existsSync(join(binFolder, "node"))) return binFolder;
  await mkdir(cacheFolder, { recursive: true });
  const unfinished = await mkdtemp(join(cacheFolder, "unfinished-"));
  try {
    await writeFile(join(unfinished, "package.json"), JSON.stringify({ private: true }));
    await run("npm", ["install", "--ignore-scripts", "--no-audit", `node@${version}`], unfinished);
    // What the package's install script would do, where scripts are allowed.
    const packageFolder = join(unfinished, "node_modules", "node");
    await run(process.execPath, ["installArchSpecificPackage.js"], packageFolder);
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true });
    throw error;
  }
  return binFolder;
}

/** Of the CLI of the set-up, such as `3.259.0`. Another one is tested by `PULUMI_CLI=/path/to/pulumi`. */
export async function cliVersion(): Promise<string> {
  const folder = pulumiFolder();
  const printed = await run(join(folder, "pulumi"), ["version"], folder);
  return printed.trim().replace(/^v/, "");
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const env = { ...withoutOuterNpm(), PULUMI_SKIP_UPDATE_CHECK: "true" };
  const result = await runCommand(command, args, { cwd, env });
  if (result.code === 0) return result.stdout;
  throw new Error(`${command} ${args.join(" ")} failed:\n${result.output}`);
}
