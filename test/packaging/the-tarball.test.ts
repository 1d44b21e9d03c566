import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { pack, repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarball-"));
  tarball = await pack(folder);
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const run = (command: string, args: string[]) =>
  runCommand(command, args, { cwd: repositoryRoot, env: process.env });

test("it holds what users need and nothing else", async () => {
  const { stdout } = await run("tar", ["-tzf", tarball]);
  const files = stdout
    .trim()
    .split("\n")
    .map((file) => file.replace(/^package\//, ""));
  const others = files.filter((file) => !/^dist\/.+\.(js|d\.ts)$/.test(file));
  expect(others.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
  expect(files).toEqual(expect.arrayContaining(["dist/index.js", "dist/provider.js"]));
});

test("publint and attw find nothing to say", async () => {
  const publint = await run("publint", ["--strict", tarball]);
  expect({ code: publint.code, output: publint.output }).toMatchObject({ code: 0 });
  // The old "node10" resolution is left out: only Pulumi loads ./provider, and Node finds it.
  const attw = await run("attw", [tarball, "--profile", "node16"]);
  expect({ code: attw.code, output: attw.output }).toMatchObject({ code: 0 });
}, 60_000);

test("it depends on undici and zod alone, and runs no install script", async () => {
  const { stdout } = await run("tar", ["-xzOf", tarball, "package/package.json"]);
  const manifest = JSON.parse(stdout) as {
    dependencies: object;
    peerDependencies: object;
    scripts: Record<string, string>;
  };
  expect(Object.keys(manifest.dependencies)).toEqual(["undici", "zod"]);
  expect(Object.keys(manifest.peerDependencies)).toEqual(["@pulumi/pulumi"]);
  expect(Object.keys(manifest.scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual(
    [],
  );
});
