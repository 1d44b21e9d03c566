/** A CLI that came without `pulumi-language-nodejs`, in a folder with our stand-in for that. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import path from "node:path";

import { modulesDir, toolchainDir } from "./paths.mjs";
import { executableOnPath } from "./programs.mjs";
import { fillOnce } from "./pulumi-cache.mjs";

const languageHost = "pulumi-language-nodejs";
const dynamicProvider = "pulumi-resource-pulumi-nodejs";

/** What stands beside the CLI, by name. */
const companions = {
  [languageHost]: path.join(toolchainDir, "language-host.cjs"),
  [dynamicProvider]: path.join(modulesDir, "@pulumi", "pulumi", dynamicProvider),
};

/** Does this CLI find a language host by itself? The engine looks beside the real file and on PATH. */
export function hasLanguageHost(cli, searchPath) {
  const beside = [path.dirname(cli), path.dirname(realpathSync(cli))].join(path.delimiter);
  return [beside, searchPath].some((where) => executableOnPath(languageHost, where) !== undefined);
}

/**
 * A folder with this CLI and what it lacks, in copies: nothing is written beside the CLI, and the folder
 * outlives this clone. Clones with another stand-in have a folder of their own. A symbolic link would
 * not do, because the engine follows it and then warns about a language host that is not beside the
 * original.
 */
export async function withStandIn(cli, cacheDir) {
  const original = realpathSync(cli);
  const { size, mtimeMs } = statSync(original);
  const hash = createHash("sha256").update([original, size, mtimeMs].join("\0"));
  for (const source of Object.values(companions)) hash.update("\0").update(readFileSync(source));
  const name = `with-stand-in-${hash.digest("hex").slice(0, 16)}`;
  const directory = await fillOnce(cacheDir, name, (unfinished) => {
    const binDir = path.join(unfinished, "bin");
    mkdirSync(binDir);
    linkOrCopy(original, path.join(binDir, "pulumi"));
    for (const [name, source] of Object.entries(companions)) {
      copyFileSync(source, path.join(binDir, name));
      chmodSync(path.join(binDir, name), 0o755);
    }
  });
  return path.join(directory, "bin");
}

/** The CLI has over 100 MB. */
function linkOrCopy(original, target) {
  try {
    linkSync(original, target);
  } catch {
    copyFileSync(original, target, constants.COPYFILE_FICLONE);
  }
}
