import { mkdirSync, writeFileSync } from "node:fs";

import { answerOf, temporaryDirectory } from "./machine";

it.each([
  { text: "v3.200.0\n", minimum: "3.200", expected: true },
  { text: "v3.199.9", minimum: "3.200", expected: false },
  { text: "v3.260.0-alpha.x5f1c", minimum: "3.259.0", expected: true },
  { text: "go version go1.26.8 linux/amd64", minimum: "1.25.11", expected: true },
  { text: "v22.9.0", minimum: "22.19", expected: false },
  { text: "10.0", minimum: "9.9.9", expected: true },
  { text: "command not found", minimum: "3.200", expected: false },
])("$text is at least $minimum: $expected", async ({ expected, ...given }) => {
  const program = `
    import { isAtLeast } from "toolchain/programs.mjs";
    console.log(isAtLeast(given.text, given.minimum));
  `;
  expect(await answerOf(program, given)).toBe(expected);
});

const root = { "": { version: "0.1.0" } };
const a = { version: "1.0.0", integrity: "sha512-a" };
const b = { version: "2.0.0", integrity: "sha512-b" };
const newerA = { ...a, version: "1.0.1" };
const otherA = { ...a, integrity: "sha512-x" };
const optional = { ...b, optional: true };

it.each([
  { what: "all are there", locked: { ...root, a, b }, installed: { a, b }, matches: true },
  { what: "nothing is installed", locked: { ...root, a }, matches: false },
  { what: "one is missing", locked: { ...root, a, b }, installed: { a }, matches: false },
  { what: "another version", locked: { ...root, a }, installed: { a: newerA }, matches: false },
  { what: "other contents", locked: { ...root, a }, installed: { a: otherA }, matches: false },
  {
    what: "only one for another platform is missing",
    locked: { ...root, a, b: optional },
    installed: { a },
    matches: true,
  },
])("dependencies, $what: up to date is $matches", async ({ locked, installed, matches }) => {
  using here = temporaryDirectory();
  mkdirSync(here.path("node_modules"));
  const write = (file: string, packages: object) => {
    writeFileSync(here.path(file), JSON.stringify({ packages }));
  };
  write("package-lock.json", locked);
  if (installed) write("node_modules/.package-lock.json", installed);
  const program = `
    import { matchesLock } from "toolchain/dependencies.mjs";
    console.log(matchesLock(given));
  `;
  expect(await answerOf(program, here.path())).toBe(matches);
});
