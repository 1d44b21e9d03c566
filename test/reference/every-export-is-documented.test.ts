import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";

const settings = join(__dirname, "typedoc.json");

/** Reads the doc comments as `npm run reference` does, and writes nothing. */
const typedoc = (options: string) =>
  runCommand("typedoc", ["--options", options, "--emit", "none"], {
    cwd: repositoryRoot,
    env: process.env,
  });

test("the reference of the public names and of the door builds without a warning", async () => {
  const built = await typedoc(settings);
  expect(built.output).not.toContain("warning");
  expect(built.code).toBe(0);

  const { entryPoints } = JSON.parse(await readFile(settings, "utf8")) as { entryPoints: string[] };
  const manifest = await readFile(join(repositoryRoot, "package.json"), "utf8");
  const { exports } = JSON.parse(manifest) as { exports: Record<string, { default?: string }> };
  const compiled = Object.values(exports).flatMap(({ default: file }) => file ?? []);
  expect(compiled.map((file) => file.replace("./dist/", "").replace(/js$/, "ts"))).toEqual(
    entryPoints.map((file) => file.replace("../../provider/", "")),
  );
});

const undocumented = `/** A module. @module */
export const limit = 3;
export function rotate(): void {}
export type Trigger = string;
/** Documented, but not what it takes. */
export class Key {
  /** Makes one. */
  constructor(name: string) { this.label = name; }
  label: string;
}
/** Documented, but not its field. */
export interface Args { owner: string }
`;

test("an export, a parameter or a field without a comment fails it", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "undocumented-"));
  const options = { extends: settings, entryPoints: ["index.ts"], tsconfig: "tsconfig.json" };
  await writeFile(join(folder.path, "index.ts"), undocumented);
  await writeFile(join(folder.path, "tsconfig.json"), JSON.stringify({ files: ["index.ts"] }));
  await writeFile(join(folder.path, "typedoc.json"), JSON.stringify(options));
  const built = await typedoc(join(folder.path, "typedoc.json"));
  expect(built.code).not.toBe(0);
  const named = built.output.matchAll(/([\w.]+) \(\w+\), defined in .* does not have any doc/g);
  expect([...named].map(([, name]) => name).sort()).toEqual([
    "Args.owner",
    "Key.constructor.name",
    "Key.label",
    "Trigger",
    "limit",
    "rotate",
  ]);
});
