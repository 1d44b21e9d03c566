import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { installedPackage } from "../support/installed-package";

interface Installed {
  name: string;
  folder: string;
  scripts: Record<string, string>;
}

/** The package and all that it brings along: what it shares with the SDK is not counted. */
let installed: Installed[];

beforeAll(async () => {
  const modules = join(await installedPackage(), "node_modules");
  installed = await withDependencies("pulumi-vultr-user-api-key", [modules]);
});

/** @param modules folders in which Node would look, the nearest first */
async function withDependencies(name: string, modules: readonly string[]): Promise<Installed[]> {
  const folder = modules.map((each) => join(each, name)).find((each) => existsSync(each));
  if (folder === undefined) throw new Error(`${name} is not installed`);
  const { dependencies = {}, scripts = {} } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  ) as { dependencies?: Record<string, string>; scripts?: Record<string, string> };
  const below = [join(folder, "node_modules"), ...modules];
  const brought = Object.keys(dependencies).map((each) => withDependencies(each, below));
  return [{ name, folder, scripts }, ...(await Promise.all(brought)).flat()];
}

/** Of the package alone: packages that npm put below it are counted as themselves. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(folder, "node_modules")));
  const sizes = files.map(async (file) => (await stat(file)).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

test("it is under 10 MB with its dependencies, beside @pulumi/pulumi", async () => {
  const sizes = await Promise.all(installed.map(({ folder }) => bytesIn(folder)));
  expect(installed.map(({ name }) => name)).toEqual(["pulumi-vultr-user-api-key", "undici", "zod"]);
  expect(Math.min(...sizes)).toBeGreaterThan(100_000);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(10_000_000);
});

test("nothing of it runs a script while it is installed", () => {
  for (const { name, folder, scripts } of installed) {
    const run = Object.keys(scripts).filter((script) => /^(pre|post)?install$/.test(script));
    // With this file npm would compile, script or no script.
    expect({ name, run, compiles: existsSync(join(folder, "binding.gyp")) }).toEqual({
      name,
      run: [],
      compiles: false,
    });
  }
});
