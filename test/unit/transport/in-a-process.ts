/** Runs the built transport in a process of its own, for what is decided before a process starts. */
import { join } from "node:path";

import { repositoryRoot } from "../../support/installed-package";
import { runCommand } from "../../support/run-command";

/** What `program`, which can `load` files of the built package, prints as JSON. */
export async function answerOf(
  program: string,
  environment: Record<string, string> = {},
): Promise<unknown> {
  const dist = JSON.stringify(join(repositoryRoot, "dist"));
  const start = `const load = (file) => require(require("node:path").join(${dist}, file));`;
  const { code, stdout, output } = await runCommand(
    process.execPath,
    ["--eval", `${start}\n${program}`],
    { cwd: repositoryRoot, env: environment },
  );
  if (code !== 0) throw new Error(output);
  return JSON.parse(stdout);
}
