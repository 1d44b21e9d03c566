/** Puts our stand-in for `pulumi-language-nodejs` where the engine finds it. */
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";

import { executableIn, executableOnPath } from "./executables.mjs";
import { modulesDir, toolchainDir } from "./paths.mjs";

const languageHost = "pulumi-language-nodejs";
const dynamicProvider = "pulumi-resource-pulumi-nodejs";

/** Does this CLI find a language host by itself? The engine looks beside the real file and on PATH. */
export function hasLanguageHost(cli, searchPath) {
  return (
    executableIn(path.dirname(cli), languageHost) !== undefined ||
    executableIn(path.dirname(realpathSync(cli)), languageHost) !== undefined ||
    executableOnPath(languageHost, searchPath) !== undefined
  );
}

/** What stands in, by its name beside the CLI. */
function standIns() {
  return {
    [languageHost]: path.join(toolchainDir, "language-host.cjs"),
    [dynamicProvider]: path.join(modulesDir, "@pulumi", "pulumi", dynamicProvider),
  };
}

/** Differs between clones whose stand-ins differ. */
export function standInIdentity() {
  const hash = createHash("sha256");
  for (const source of Object.values(standIns())) hash.update(readFileSync(source)).update("\0");
  return hash.digest("hex");
}

/** Copies the stand-in and the dynamic provider beside a CLI of ours: the folder outlives this clone. */
export function addLanguageHost(binDir) {
  for (const [name, source] of Object.entries(standIns())) {
    const target = path.join(binDir, name);
    copyFileSync(source, target);
    chmodSync(target, 0o755);
  }
}
