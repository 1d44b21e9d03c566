import { globSync, readFileSync } from "node:fs";
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
});
afterAll(() => rm(folder, { recursive: true }));

/** What a command that succeeds prints. */
async function printedBy(command: string, ...args: string[]): Promise<string> {
  const options = { cwd: repositoryRoot, env: process.env };
  const { code, stdout, output } = await runCommand(command, args, options);
  expect({ code, output }).toMatchObject({ code: 0 });
  return stdout;
}

test("it holds what users need and nothing else", async () => {
  const listed = await printedBy("tar", "-tzf", tarball);
  const files = [...listed.matchAll(/^package\/(.+)$/gm)].map(([, file = ""]) => file);
  const others = files.filter((file) => !/^dist\/.+\.(js|d\.ts)$/.test(file));
  const schema = "dist/doors/plugin/schema.json";
  expect(others.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", schema, "package.json"]);
  expect(files).toEqual(expect.arrayContaining(["dist/index.js", "dist/doors/dynamic.js"]));
  // What is run, and not imported, needs no types.
  const program = /^dist\/(command-line|doors\/plugin)\/.+\.d\.ts$/;
  expect(files.filter((file) => program.test(file))).toEqual([]);
});

test("publint and attw find nothing to say", async () => {
  await printedBy("publint", "--strict", tarball);
  // The old "node10" resolution is left out: only Pulumi loads ./provider, and Node finds it.
  await printedBy("attw", tarball, "--profile", "node16");
});

test("it brings a changelog that knows its version, asks for the SDK alone, and the examples ask for it", async () => {
  const manifest = await printedBy("tar", "-xzOf", tarball, "package/package.json");
  const { version, ...asks } = JSON.parse(manifest) as { version: string };
  expect(asks).toHaveProperty("peerDependencies", {
    "@pulumi/pulumi": expect.any(String) as string,
  });
  const changelog = readFileSync(join(repositoryRoot, "CHANGELOG.md"), "utf8");
  expect(/^## (\S+)$/m.exec(changelog)?.[1]).toBe(version);
  const asked = globSync(join(repositoryRoot, "examples/*/package.json"))
    .map((file) => readFileSync(file, "utf8"))
    .flatMap((text) => /"pulumi-vultr-user-api-key": "(.*)"/.exec(text)?.[1] ?? []);
  expect(new Set(asked)).toEqual(new Set([`^${version}`]));
});
