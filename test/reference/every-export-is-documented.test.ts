import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";

const settings = join(__dirname, "typedoc.json");

test("the reference of the public names and of the door builds without a warning", async () => {
  // As `npm run reference` does, but nothing is written.
  const args = ["--options", settings, "--emit", "none"];
  const built = await runCommand("typedoc", args, { cwd: repositoryRoot, env: process.env });
  expect(built.output).not.toContain("warning");
  expect(built.code).toBe(0);
});

test("an export, a parameter or a field without a comment is a warning, and fails it", async () => {
  const { entryPoints, ...rules } = JSON.parse(await readFile(settings, "utf8")) as {
    entryPoints: string[];
  };
  const kinds = [
    "Variable",
    "Function",
    "Class",
    "Interface",
    "TypeAlias",
    "Property",
    "Parameter",
  ];
  expect(rules).toMatchObject({
    treatWarningsAsErrors: true,
    validation: { notDocumented: true },
    requiredToBeDocumented: expect.arrayContaining(kinds) as string[],
  });
  const manifest = await readFile(join(repositoryRoot, "package.json"), "utf8");
  const { exports } = JSON.parse(manifest) as { exports: Record<string, { default?: string }> };
  const compiled = Object.values(exports).flatMap(({ default: file }) => file ?? []);
  expect(compiled.map((file) => file.replace("./dist/", "").replace(/js$/, "ts"))).toEqual(
    entryPoints.map((file) => file.replace("../../provider/", "")),
  );
});
