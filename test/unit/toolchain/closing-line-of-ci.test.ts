import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import path from "node:path";

import { temporaryDirectory } from "./machine";

const ciScript = path.resolve(__dirname, "../../../.ci/run");

const inColours =
  "\\033[1mTests:       \\033[22m\\033[1m\\033[31m1 failed\\033[39m\\033[22m, \\033[1m\\033[33m2 skipped" +
  "\\033[39m\\033[22m, 3 todo, \\033[1m\\033[32m40 passed\\033[39m\\033[22m, 46 total";

it.each([
  ["all passed", "Tests:       40 passed, 40 total", 0, "40 passed, 0 failed"],
  ["one failed, in colours", inColours, 1, "40 passed, 1 failed"],
  ["a file did not load", "Tests: 40 passed, 40 total", 1, "40 passed, 1 failed"],
  ["all were skipped", "Tests: 2 skipped, 2 total", 0, "0 passed, 0 failed"],
  ["lint stopped it", "eslint . failed", 1, "0 passed, 1 failed"],
])("if %s, the last line says so", (_, printed, exit, last) => {
  using here = temporaryDirectory();
  cpSync(ciScript, here.path(".ci/run"));
  here.program("bin/npm", `printf '${printed}\\nTime: 1 s\\n'; exit ${exit}`);
  const { stdout, status } = spawnSync("bash", [here.path(".ci/run")], {
    encoding: "utf8",
    env: { PATH: `${here.path("bin")}:${process.env["PATH"] ?? ""}`, CI: "true" },
  });
  expect(stdout.trimEnd().split("\n").at(-1)).toBe(last);
  expect(status).toBe(exit);
});
