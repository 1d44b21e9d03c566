import { mkdirSync, writeFileSync } from "node:fs";

import { answerOf, temporaryDirectory } from "./machine";

it("a version is compared part by part, whatever surrounds it", async () => {
  const cases: [text: string, minimum: string, isAtLeast: boolean][] = [
    ["v3.200.0\n", "3.200", true],
    ["v3.199.9", "3.200", false],
    ["v3.260.0-alpha.x5f1c", "3.259.0", true],
    ["go version go1.26.8 linux/amd64", "1.25.11", true],
    ["v22.9.0", "22.19", false],
    ["10.0", "9.9.9", true],
    ["command not found", "3.200", false],
  ];
  const program = `
    import { isAtLeast } from "toolchain/programs.mjs";
    const answers = given.map(([text, minimum]) => [text, minimum, isAtLeast(text, minimum)]);
    console.log(JSON.stringify(answers));
  `;
  expect(await answerOf(program, cases)).toEqual(cases);
});

it("dependencies are up to date if all that are locked are there, but for those of other platforms", async () => {
  const root = { "": { version: "0.1.0" } };
  const a = { version: "1.0.0", integrity: "sha512-a" };
  const b = { version: "2.0.0", integrity: "sha512-b" };
  const cases: [what: string, locked: object, installed: object | undefined, matches: boolean][] = [
    ["all are there", { a, b }, { a, b }, true],
    ["nothing is installed", { a }, undefined, false],
    ["one is missing", { a, b }, { a }, false],
    ["another version", { a }, { a: { ...a, version: "1.0.1" } }, false],
    ["other contents", { a }, { a: { ...a, integrity: "sha512-x" } }, false],
    ["one of another platform is missing", { a, b: { ...b, optional: true } }, { a }, true],
  ];
  using here = temporaryDirectory();
  for (const [what, locked, installed] of cases) {
    mkdirSync(here.path(what, "node_modules"), { recursive: true });
    const write = (file: string, packages: object) => {
      writeFileSync(here.path(what, file), JSON.stringify({ packages }));
    };
    write("package-lock.json", { ...root, ...locked });
    if (installed) write("node_modules/.package-lock.json", installed);
  }
  const program = `
    import { matchesLock } from "toolchain/dependencies.mjs";
    console.log(JSON.stringify(given.map(([what, folder]) => [what, matchesLock(folder)])));
  `;
  const folders = cases.map(([what]) => [what, here.path(what)]);
  const matches = cases.map(([what, , , each]) => [what, each]);
  expect(await answerOf(program, folders)).toEqual(matches);
});
