import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { pack, repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarball-"));
  tarball = await pack(folder);
});
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
  const schema = "dist/doors/plugin/schema.json";
  expect(others.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", schema, "package.json"]);
  expect(files).toEqual(expect.arrayContaining(["dist/index.js", "dist/doors/dynamic.js"]));
  // What is run, and not imported, needs no types.
  const program = /^dist\/(command-line|doors\/plugin)\/.+\.d\.ts$/;
  expect(files.filter((file) => program.test(file))).toEqual([]);
});

test("publint and attw find nothing to say", async () => {
  const publint = await run("publint", ["--strict", tarball]);
  expect({ code: publint.code, output: publint.output }).toMatchObject({ code: 0 });
  // The old "node10" resolution is left out: only Pulumi loads ./provider, and Node finds it.
  const attw = await run("attw", [tarball, "--profile", "node16"]);
  expect({ code: attw.code, output: attw.output }).toMatchObject({ code: 0 });
});

test("it brings a changelog that knows its version, asks for the SDK alone, and the examples ask for it", async () => {
  const { stdout } = await run("tar", ["-xzOf", tarball, "package/package.json"]);
  const { version, peerDependencies } = JSON.parse(stdout) as {
    version: string;
    peerDependencies: object;
  };
  expect(Object.keys(peerDependencies)).toEqual(["@pulumi/pulumi"]);
  const changelog = await readFile(join(repositoryRoot, "CHANGELOG.md"), "utf8");
  expect(/^## (\S+)$/m.exec(changelog)?.[1]).toBe(version);
  const examples = join(repositoryRoot, "examples");
  const files = await readdir(examples, { recursive: true });
  const asked = files
    .filter((file) => file.endsWith("package.json"))
    .map((file) => readFileSync(join(examples, file), "utf8"))
    .flatMap((text) => /"pulumi-vultr-user-api-key": "(.*)"/.exec(text)?.[1] ?? []);
  expect(new Set(asked)).toEqual(new Set([`^${version}`]));
});
