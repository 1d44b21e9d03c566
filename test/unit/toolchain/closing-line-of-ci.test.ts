import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import path from "node:path";

import { temporaryDirectory } from "./temporary-directory";

const ciScript = path.resolve(__dirname, "../../../.ci/run");

const inColours =
  "\\033[1mTests:       \\033[22m\\033[1m\\033[31m1 failed\\033[39m\\033[22m, \\033[1m\\033[33m2 skipped" +
  "\\033[39m\\033[22m, 3 todo, \\033[1m\\033[32m40 passed\\033[39m\\033[22m, 46 total";

it.each([
  {
    what: "all passed",
    printed: "Tests:       40 passed, 40 total",
    exit: 0,
    last: "40 passed, 0 failed",
  },
  { what: "one failed, in colours", printed: inColours, exit: 1, last: "40 passed, 1 failed" },
  {
    what: "a file did not load",
    printed: "Tests: 40 passed, 40 total",
    exit: 1,
    last: "40 passed, 1 failed",
  },
  {
    what: "all were skipped",
    printed: "Tests: 2 skipped, 2 total",
    exit: 0,
    last: "0 passed, 0 failed",
  },
  { what: "lint stopped it", printed: "eslint . failed", exit: 1, last: "0 passed, 1 failed" },
])("$what: the last line is $last", ({ printed, exit, last }) => {
  using here = temporaryDirectory();
  mkdirSync(here.path(".ci"));
  copyFileSync(ciScript, here.path(".ci/run"));
  here.program("bin/npm", `printf '${printed}\\nTime: 1 s\\n'; exit ${exit}`);
  const { stdout, status } = spawnSync("bash", [here.path(".ci/run")], {
    encoding: "utf8",
    env: { PATH: `${here.path("bin")}:${process.env["PATH"] ?? ""}`, CI: "true" },
  });
  expect(stdout.trimEnd().split("\n").at(-1)).toBe(last);
  expect(status).toBe(exit);
});
