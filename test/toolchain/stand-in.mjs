/** A CLI that came without language hosts, in a folder with them: our stand-in for that of Node, and that of YAML. */
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
import { yamlHost } from "./pulumi-source-build.mjs";

const nodeHost = "pulumi-language-nodejs";
const dynamicProvider = "pulumi-resource-pulumi-nodejs";

/** What runs programs in Node, by name. */
const companions = {
  [nodeHost]: path.join(toolchainDir, "language-host.cjs"),
  [dynamicProvider]: path.join(modulesDir, "@pulumi", "pulumi", dynamicProvider),
};

/** Has this CLI a host for programs in Node, and in YAML? The engine looks beside the real file and on PATH. */
export function languageHosts(cli, searchPath) {
  const places = [path.dirname(cli), path.dirname(realpathSync(cli)), searchPath];
  const has = (name) => places.some((place) => executableOnPath(name, place) !== undefined);
  return { hasNode: has(nodeHost), hasYaml: has(yamlHost.name) };
}

/**
 * A folder with this CLI and what it lacks, in copies: nothing is written beside the CLI, and the folder
 * outlives this clone. Clones with another stand-in have a folder of their own. A symbolic link would
 * not do, because the engine follows it and then warns about a language host that is not beside the
 * original.
 *
 * @param {string[]} builtHosts programs that go with it
 */
export async function withLanguageHosts(cli, cacheDir, builtHosts) {
  const original = realpathSync(cli);
  const hash = createHash("sha256");
  for (const large of [original, ...builtHosts]) {
    const { size, mtimeMs } = statSync(large);
    hash.update([large, size, mtimeMs, ""].join("\0"));
  }
  for (const source of Object.values(companions)) hash.update("\0").update(readFileSync(source));
  const name = `with-stand-in-${hash.digest("hex").slice(0, 16)}`;
  const directory = await fillOnce(cacheDir, name, (unfinished) => {
    const binDir = path.join(unfinished, "bin");
    mkdirSync(binDir);
    linkOrCopy(original, path.join(binDir, "pulumi"));
    for (const host of builtHosts) linkOrCopy(host, path.join(binDir, path.basename(host)));
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
