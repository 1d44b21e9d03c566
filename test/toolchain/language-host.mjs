/** Puts our stand-in for `pulumi-language-nodejs` where the engine finds it. */
import { chmodSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
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

/**
 * Copies the stand-in and the dynamic provider beside a CLI of ours. The cache outlives clones, so
 * these are copies, renewed when a clone brings newer ones.
 */
export function addLanguageHost(binDir) {
  putExecutable(path.join(toolchainDir, "language-host.cjs"), path.join(binDir, languageHost));
  putExecutable(
    path.join(modulesDir, "@pulumi", "pulumi", dynamicProvider),
    path.join(binDir, dynamicProvider),
  );
}

function putExecutable(source, target) {
  const wanted = readFileSync(source);
  if (contentOf(target)?.equals(wanted)) return;
  const unfinished = `${target}.${process.pid}`;
  writeFileSync(unfinished, wanted);
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, target);
}

function contentOf(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
