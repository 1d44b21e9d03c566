/** Finds programs on a PATH without starting a shell. */
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

const extensions = process.platform === "win32" ? [".exe", ".cmd"] : [""];

/**
 * The executable of this name in one folder, if there is one.
 *
 * @returns {string | undefined} its path
 */
export function executableIn(directory, name) {
  return extensions
    .map((extension) => path.join(directory, name + extension))
    .find((candidate) => isExecutable(candidate));
}

/**
 * The first executable of this name on a PATH.
 *
 * @returns {string | undefined} its path
 */
export function executableOnPath(name, searchPath = "") {
  for (const directory of searchPath.split(path.delimiter).filter(Boolean)) {
    const found = executableIn(directory, name);
    if (found) return found;
  }
  return undefined;
}

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
