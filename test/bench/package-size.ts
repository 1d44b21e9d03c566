/** What people download and keep: the package, and what it brings along. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { installedPackage, pack, repositoryRoot } from "../support/installed-package";

export interface PackageSize {
  tarballBytes: number;
  /** Bytes of its files once installed, by package: itself and its dependencies, without peers. */
  installedBytes: Record<string, number>;
}

export async function measurePackage(): Promise<PackageSize> {
  const text = await readFile(join(repositoryRoot, "package.json"), "utf8");
  const { name, dependencies } = JSON.parse(text) as {
    name: string;
    dependencies: Record<string, string>;
  };
  const itself = join(await installedPackage(), "node_modules", name);
  const installedBytes = { [name]: await bytesBelow(itself) };
  for (const each of Object.keys(dependencies))
    installedBytes[each] = await bytesBelow(placeOf(each, itself));
  return { tarballBytes: await tarballBytes(), installedBytes };
}

/** npm puts a dependency beside the package, or below it where another version is beside it. */
function placeOf(dependency: string, dependent: string): string {
  const below = join(dependent, "node_modules", dependency);
  return existsSync(below) ? below : join(dependent, "..", dependency);
}

async function tarballBytes(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "bench-pack-"));
  try {
    return (await stat(await pack(folder))).size;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Without what is installed below it. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const inner = join(folder, "node_modules");
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.startsWith(inner));
  const sizes = await Promise.all(
    files.map((file) => stat(join(file.parentPath, file.name)).then(({ size }) => size)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
