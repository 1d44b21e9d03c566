/** Programs of this machine: where they are, without starting a shell, and whether they are new enough. */
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * The first executable of this name on a PATH.
 *
 * @returns {string | undefined} its path
 */
export function executableOnPath(name, searchPath = "") {
  const directories = searchPath.split(path.delimiter).filter(Boolean);
  return directories.map((directory) => path.join(directory, name)).find(isExecutable);
}

/**
 * Is the first version in a text, such as "go version go1.26.8 linux/amd64", at least `minimum`? A
 * text without a version is not.
 *
 * @param {string} text
 * @param {string} minimum such as "22.19"
 */
export function isAtLeast(text, minimum) {
  const version = /\d+(\.\d+)+/.exec(text)?.[0];
  return version !== undefined && version.localeCompare(minimum, "en", { numeric: true }) >= 0;
}
