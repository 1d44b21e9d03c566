/**
 * Sees to it that node_modules is what package-lock.json says, and that programs in this repository
 * can require the package by its name.
 */
import { existsSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";

import { modulesDir, packageName, repositoryDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";
import { announced } from "./progress.mjs";

export async function installDependencies() {
  if (!matchesLock()) {
    // An outer `npm --omit=dev test` reaches us as npm_config_omit: options win over those.
    const wholly = ["--include=dev", "--include=optional", "--global=false", "--dry-run=false"];
    const options = { cwd: repositoryDir, env: installEnvironment(process.env) };
    await announced("installing dependencies with npm ci", () =>
      runQuietly("npm", ["ci", ...wholly, "--no-audit", "--no-fund"], options),
    );
  }
  // Examples say `require("pulumi-vultr-user-api-key")`, as their readers will.
  const link = path.join(modulesDir, packageName);
  if (existsSync(link) && realpathSync(link) === realpathSync(repositoryDir)) return;
  rmSync(link, { recursive: true, force: true });
  symlinkSync("..", link);
}

/**
 * npm leaves a list of what it installed in node_modules. Comparing that with the lock takes
 * milliseconds, and also notices a plain `npm install` or a changed branch.
 *
 * @public tests run it in a process of its own
 */
export function matchesLock(directory = repositoryDir) {
  const installed = packagesIn(path.join(directory, "node_modules", ".package-lock.json"));
  const locked = packagesIn(path.join(directory, "package-lock.json"));
  if (!installed || !locked) return false;
  return Object.entries(locked)
    .filter(([place, { optional }]) => place !== "" && !optional)
    .every(([place, { version, integrity }]) => {
      const found = installed[place];
      return found?.version === version && found.integrity === integrity;
    });
}

function packagesIn(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/**
 * What npm tells its scripts about our package must not reach the scripts of others, and the Node that
 * runs npm must not be in the folder that npm is about to delete.
 */
export function installEnvironment(environment) {
  const aboutOuterRun =
    /^npm_(lifecycle|package|command|config_(local_prefix|omit|include|dry_run))/;
  const kept = Object.entries(environment).filter(([name]) => !aboutOuterRun.test(name));
  const outside = (environment.PATH ?? "")
    .split(path.delimiter)
    .filter((directory) => !path.resolve(directory).startsWith(modulesDir));
  return { ...Object.fromEntries(kept), PATH: outside.join(path.delimiter) };
}

/**
 * The JavaScript behind a command of an installed package, to run it with the Node that we chose.
 *
 * @param {string} name of the package
 * @param {string} command if the package has several
 */
export function packageProgram(name, command = name) {
  const directory = path.join(modulesDir, name);
  const { bin } = JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8"));
  return path.join(directory, typeof bin === "string" ? bin : bin[command]);
}
