import { join } from "node:path";

import { repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";

test("the demo rotates a key before our eyes, and every check of it holds", async () => {
  const demo = ["-r", "ts-node/register/transpile-only", join("test", "demo", "main.ts")];
  const options = { cwd: repositoryRoot, env: process.env };
  const { code, output } = await runCommand(process.execPath, demo, options);
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toContain("The rotation is done: new key first, consumer next, old key last.");
});
