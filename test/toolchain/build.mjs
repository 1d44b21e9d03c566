/** Compiles provider/ to dist/ when a source changed: examples and the engine load the built package. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { packageProgram } from "./dependencies.mjs";
import { repositoryDir, stampsDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";
import { announced } from "./progress.mjs";

const distDir = path.join(repositoryDir, "dist");
const stampFile = path.join(stampsDir, "built-from");

/** @param {string} node to compile with; the folder of stamps is there */
export async function buildPackage(node) {
  const sources = hashOfSources();
  const isStamped = existsSync(stampFile) && readFileSync(stampFile, "utf8") === sources;
  if (isStamped && existsSync(path.join(distDir, "index.js"))) return;
  await announced("compiling provider/ to dist/", async () => {
    // Beside dist/, which a type error leaves as it is, and in which no file of a deleted source stays.
    const newDir = path.join(stampsDir, "new-dist");
    rmSync(newDir, { recursive: true, force: true });
    const tsc = [packageProgram("typescript", "tsc"), "-p", "provider", "--noEmitOnError"];
    await runQuietly(node, [...tsc, "--outDir", newDir], { cwd: repositoryDir });
    rmSync(distDir, { recursive: true, force: true });
    renameSync(newDir, distDir);
    writeFileSync(stampFile, sources);
  });
}

function hashOfSources() {
  const provider = readdirSync(path.join(repositoryDir, "provider"), { recursive: true })
    .map((file) => path.join("provider", file))
    .filter((file) => file.endsWith(".ts") || file.endsWith(".json"));
  const hash = createHash("sha256");
  for (const file of [...provider.sort(), "tsconfig.json", "package.json", "package-lock.json"])
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(path.join(repositoryDir, file)));
  return hash.digest("hex");
}
