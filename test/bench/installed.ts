/** What does not depend on a stack: the machine, the package's size, and the start of its provider. */
import { existsSync } from "node:fs";
import { mkdir, mkdtempDisposable, readdir, readFile, stat } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";

import { installedPackage, pack, repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";
import { installFloorProvider } from "./stack";

/** As far as it matters for the figures, in words. No names. */
export async function describeMachine() {
  const options = { cwd: repositoryRoot, env: process.env };
  const pulumi = await runCommand("pulumi", ["version"], options);
  const sdk = await manifestOf(join(repositoryRoot, "node_modules", "@pulumi", "pulumi"));
  const memory = `${Math.round(totalmem() / 1e9)} GB`;
  return {
    hardware: `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} cores, ${memory}`,
    software: `${type()} ${process.arch}; Node ${process.version}, Pulumi CLI ${pulumi.stdout.trim()}, \`@pulumi/pulumi\` ${sdk.version}`,
    /** Processes that wanted to run in the minute before the run; more than none disturb it. */
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** Bytes that people download, and those that they keep: the package's and its dependencies', without peers. */
export async function measurePackage() {
  const { name, dependencies } = await manifestOf(repositoryRoot);
  const modules = join(await installedPackage(), "node_modules");
  const installedBytes: Record<string, number> = { [name]: await bytesIn(join(modules, name)) };
  for (const each of Object.keys(dependencies)) {
    // npm puts a dependency below its dependent where another version is beside it.
    const below = join(modules, name, "node_modules", each);
    installedBytes[each] = await bytesIn(existsSync(below) ? below : join(modules, each));
  }
  await using folder = await mkdtempDisposable(join(tmpdir(), "bench-pack-"));
  return { installedBytes, tarballBytes: (await stat(await pack(folder.path))).size };
}

async function manifestOf(folder: string) {
  const text = await readFile(join(folder, "package.json"), "utf8");
  return JSON.parse(text) as { name: string; version: string; dependencies: object };
}

/** Without what is installed below it. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const inner = join(folder, "node_modules");
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.startsWith(inner));
  const sizes = await Promise.all(files.map((file) => stat(join(file.parentPath, file.name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

/** Milliseconds from a provider's `require` to its first answer, in fresh processes, two in turn. */
export async function measureStarts(pairs: number) {
  const programs = join(await installedPackage(), "programs");
  await mkdir(programs, { recursive: true });
  await using folder = await mkdtempDisposable(join(programs, "bench-start-"));
  await installFloorProvider(folder.path);
  const starts = [];
  for (let pair = 1; pair <= pairs; pair += 1) {
    const oursMs = await firstCheckMs("pulumi-vultr-user-api-key/provider", folder.path);
    const floorMs = await firstCheckMs("bench-floor-without-work/provider", folder.path);
    starts.push({ oursMs, floorMs });
  }
  return starts;
}

async function firstCheckMs(provider: string, cwd: string): Promise<number> {
  const args = [join(__dirname, "programs", "first-check.js"), provider];
  const { code, stdout, output } = await runCommand(process.execPath, args, { cwd, env: {} });
  if (code !== 0) throw new Error(`${provider} could not be loaded:\n${output}`);
  return Number(stdout);
}
