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
  const files = await readdir(folder, { recursive: true });
  const sizes = files.map(async (file) => {
    const found = await stat(join(folder, file));
    return found.isFile() && !file.startsWith("node_modules") ? found.size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

test("it is under 10 MB with its dependencies, beside @pulumi/pulumi", async () => {
  const sizes = await Promise.all(installed.map(({ folder }) => bytesIn(folder)));
  expect(installed.map(({ name }) => name)).toEqual(["pulumi-vultr-user-api-key", "undici", "zod"]);
  expect(Math.min(...sizes)).toBeGreaterThan(100_000);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(10_000_000);
});

test("nothing of it runs a script while it is installed", () => {
  const running = installed.filter(
    ({ folder, scripts }) =>
      Object.keys(scripts).some((script) => /^(pre|post)?install$/.test(script)) ||
      // With this file npm would compile, script or no script.
      existsSync(join(folder, "binding.gyp")),
  );
  expect(running).toEqual([]);
});
