import { mkdirSync, writeFileSync } from "node:fs";

import { answerOf } from "./in-node";
import { temporaryDirectory } from "./temporary-directory";

type Packages = Record<string, { version: string; integrity?: string; optional?: boolean }>;

const root = { "": { version: "0.1.0" } };
const a = { version: "1.0.0", integrity: "sha512-a" };
const b = { version: "2.0.0", integrity: "sha512-b" };

it.each<{ what: string; locked: Packages; installed?: Packages; matches: boolean }>([
  { what: "all are there", locked: { ...root, a, b }, installed: { a, b }, matches: true },
  { what: "nothing is installed", locked: { ...root, a }, matches: false },
  { what: "one is missing", locked: { ...root, a, b }, installed: { a }, matches: false },
  {
    what: "one has another version",
    locked: { ...root, a },
    installed: { a: { ...a, version: "1.0.1" } },
    matches: false,
  },
  {
    what: "one has other contents",
    locked: { ...root, a },
    installed: { a: { ...a, integrity: "sha512-x" } },
    matches: false,
  },
  {
    what: "only one for another platform is missing",
    locked: { ...root, a, b: { ...b, optional: true } },
    installed: { a },
    matches: true,
  },
])("$what: up to date is $matches", async ({ locked, installed, matches }) => {
  using here = temporaryDirectory();
  mkdirSync(here.path("node_modules"));
  writeFileSync(here.path("package-lock.json"), JSON.stringify({ packages: locked }));
  if (installed) {
    writeFileSync(
      here.path("node_modules/.package-lock.json"),
      JSON.stringify({ packages: installed }),
    );
  }
  const answer = await answerOf(`
    import { matchesLock } from "toolchain/dependencies.mjs";
    console.log(JSON.stringify(matchesLock(${JSON.stringify(here.path())})));
  `);
  expect(answer).toBe(matches);
});
