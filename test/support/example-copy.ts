/** An example in a folder of its own, ready to run: what it depends on is linked from this clone. */
import { chmod, cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { installedPackage, repositoryRoot } from "./installed-package";
import type { Scene } from "./scene";

/**
 * Copies `examples/<name>` into `folder`.
 *
 * @returns the folder with the package's own command, for a PATH
 */
export async function copyExample(name: string, folder: string): Promise<string> {
  await cp(join(repositoryRoot, "examples", name), folder, { recursive: true });
  const modules = join(folder, "node_modules");
  for (const dependency of await dependenciesOf(folder)) {
    const link = join(modules, dependency);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(repositoryRoot, "node_modules", dependency), link);
  }
  const commands = join(modules, ".bin");
  await mkdir(commands);
  const command = join(commands, "pulumi-vultr-user-api-key");
  const main = "../pulumi-vultr-user-api-key/dist/command-line/main.js";
  await writeFile(command, `#!/bin/sh\nexec node "$(dirname "$0")/${main}" "$@"\n`);
  await chmod(command, 0o755);
  return commands;
}

/** Makes `examples/<name>` the scene's project, as it is, with a stack and with the package from its tarball. */
export async function useWholeExample(scene: Scene, name: string): Promise<void> {
  await cp(join(repositoryRoot, "examples", name), scene.folder, { recursive: true });
  await symlink(join(await installedPackage(), "node_modules"), join(scene.folder, "node_modules"));
  await scene.succeed(["stack", "init", "example"]);
}

async function dependenciesOf(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, "package.json"), "utf8");
  const { dependencies, devDependencies } = JSON.parse(text) as Record<string, object>;
  return Object.keys({ ...dependencies, ...devDependencies });
}
