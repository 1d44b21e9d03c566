import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { installedPackage } from "../support/installed-package";

/** The package and all that it brings along: what it shares with the SDK is not counted. */
const names = ["pulumi-vultr-user-api-key", "undici", "zod"];

interface Manifest {
  dependencies?: Record<string, string>;
  scripts?: Record<string, string>;
}

let installed: (Manifest & { folder: string })[];

beforeAll(async () => {
  const modules = join(await installedPackage(), "node_modules");
  installed = names.map((name) => {
    const folder = join(modules, name);
    const manifest = readFileSync(join(folder, "package.json"), "utf8");
    return { folder, ...(JSON.parse(manifest) as Manifest) };
  });
});

test("it is under 10 MB with its dependencies, beside @pulumi/pulumi", () => {
  const [own, ...brought] = installed.map(({ dependencies = {} }) => Object.keys(dependencies));
  expect(own).toEqual(names.slice(1));
  expect(brought.flat()).toEqual([]);
  const sizes = installed.map(({ folder }) =>
    globSync(join(folder, "**"))
      .map((file) => statSync(file))
      .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0),
  );
  expect(Math.min(...sizes)).toBeGreaterThan(100_000);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(10_000_000);
});

test("nothing of it runs a script while it is installed", () => {
  for (const { folder, scripts = {} } of installed) {
    expect(Object.keys(scripts).filter((each) => /^(pre|post)?install$/.test(each))).toEqual([]);
    // With this file npm would compile, script or no script.
    expect(existsSync(join(folder, "binding.gyp"))).toBe(false);
  }
});
