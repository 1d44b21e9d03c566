/** Finds the JavaScript behind a command of an installed package, to run it with the Node we chose. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { modulesDir } from "./paths.mjs";

/**
 * @param {string} name of the package
 * @param {string} command if the package has several
 */
export function packageProgram(name, command = name) {
  const directory = path.join(modulesDir, name);
  const { bin } = JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8"));
  return path.join(directory, typeof bin === "string" ? bin : bin[command]);
}
