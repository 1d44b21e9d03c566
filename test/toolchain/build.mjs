/** Compiles provider/ to dist/ when a source changed: examples and the engine load the built package. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { packageProgram } from "./dependencies.mjs";
import { repositoryDir, stampsDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";
import { announced } from "./progress.mjs";

const distDir = path.join(repositoryDir, "dist");
const stampFile = path.join(stampsDir, "built-from");

export async function buildPackage(node) {
  const sources = hashOfSources();
  if (existsSync(path.join(distDir, "index.js")) && stamp() === sources) return;
  await announced("compiling provider/ to dist/", async () => {
    const printed = await runQuietly(
      node,
      // With a type error nothing is written, so the last good build stays.
      [
        packageProgram("typescript", "tsc"),
        "-p",
        "provider",
        "--noEmitOnError",
        "--listEmittedFiles",
      ],
      { cwd: repositoryDir },
    );
    removeAllBut(emittedFiles(printed));
    mkdirSync(stampsDir, { recursive: true });
    writeFileSync(stampFile, sources);
  });
}

function stamp() {
  try {
    return readFileSync(stampFile, "utf8");
  } catch {
    return undefined;
  }
}

function hashOfSources() {
  const hash = createHash("sha256");
  const files = [
    ...filesUnder(path.join(repositoryDir, "provider")),
    ...["tsconfig.json", "package.json", "package-lock.json"].map((name) =>
      path.join(repositoryDir, name),
    ),
  ];
  for (const file of files) {
    hash.update(path.relative(repositoryDir, file)).update("\0").update(readFileSync(file));
  }
  return hash.digest("hex");
}

function filesUnder(directory) {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

function emittedFiles(printed) {
  const lines = printed.split(/\r?\n/).filter((line) => line.startsWith("TSFILE: "));
  return new Set(lines.map((line) => path.resolve(repositoryDir, line.slice("TSFILE: ".length))));
}

/** A file whose source was renamed or deleted must not be packed, nor be required by mistake. */
function removeAllBut(emitted) {
  for (const file of filesUnder(distDir)) {
    if (!emitted.has(file)) rmSync(file);
  }
}
