/**
 * Makes the archives from which Pulumi installs the plugin by itself, for the option `pluginDownloadURL`: the built
 * package, what it needs at run time as package-lock.json says, and a script that starts it in Node.
 *
 * Usage: node test/toolchain/plugin-archive.mjs <directory for the archives>
 */
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { installEnvironment } from "./dependencies.mjs";
import { removeTree } from "./disk.mjs";
import { repositoryDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";

const name = "pulumi-resource-vultr-user-api-key";
/** As Pulumi names systems. Windows would need a program that is no script. */
const platforms = ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64"];

const script = `#!/bin/sh
command -v node > /dev/null || { echo "${name} needs Node 22.19 or newer on the PATH" >&2; exit 1; }
exec node "$(dirname "$0")/dist/doors/plugin/main.js" "$@"
`;

async function makeArchives(directory) {
  const content = mkdtempSync(path.join(os.tmpdir(), "plugin-"));
  try {
    for (const each of ["package-lock.json", ".npmrc", "LICENSE", "dist"])
      cpSync(path.join(repositoryDir, each), path.join(content, each), { recursive: true });
    writeFileSync(path.join(content, name), script, { mode: 0o755 });
    const manifest = readFileSync(path.join(repositoryDir, "package.json"), "utf8");
    const { version, license, type, engines, dependencies, devDependencies } = JSON.parse(manifest);
    const { "@pulumi/pulumi": sdk } = devDependencies; // a program brings it, and here there is none
    const own = { ...dependencies, "@pulumi/pulumi": sdk };
    const described = { name, version, license, type, engines, dependencies: own };
    writeFileSync(path.join(content, "package.json"), JSON.stringify(described));
    const inContent = { cwd: content, env: installEnvironment(process.env) };
    // Keeps to the versions and hashes of the lock, and drops from it what is not needed here.
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    await runQuietly("npm", ["install", ...flags], inContent);

    mkdirSync(directory, { recursive: true });
    const archives = platforms.map((platform) => `${name}-v${version}-${platform}.tar.gz`);
    const [first, ...others] = archives.map((archive) => path.join(directory, archive));
    await runQuietly("tar", ["-czf", first, "."], inContent);
    for (const other of others) cpSync(first, other); // nothing in it is made for one system
    const hash = createHash("sha256").update(readFileSync(first)).digest("hex");
    const sums = archives.map((archive) => `${hash}  ${archive}\n`).join("");
    writeFileSync(path.join(directory, "SHA256SUMS"), sums);
  } finally {
    await removeTree(content);
  }
}

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("Name the directory for the archives.");
await makeArchives(path.resolve(directory));
