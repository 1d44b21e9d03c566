import { join } from "node:path";

import { repositoryRoot } from "../support/installed-package";
import { type CommandResult, runCommand } from "../support/run-command";

function demo(...args: string[]): Promise<CommandResult> {
  const main = ["-r", "ts-node/register/transpile-only", join("test", "demo", "main.ts")];
  // Jest sets colours for those whom it starts.
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...outer } = process.env;
  return runCommand(process.execPath, [...main, ...args], { cwd: repositoryRoot, env: outer });
}

test("the demo rotates a key before our eyes, and every check of it holds", async () => {
  const { code, output } = await demo();
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toContain("The rotation is done: new key first, consumer next, old key last.");
  // No terminal, no colours: neither the demo's nor the engine's.
  expect(output).not.toContain("\u001b");
});

test("the demo explains itself, and refuses what it does not know", async () => {
  const [help, mistaken] = await Promise.all([demo("--help"), demo("--recrod")]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toContain("Usage: npm run demo");
  expect(mistaken).toMatchObject({ code: 2, stdout: "" });
  expect(mistaken.stderr).toContain("Usage: npm run demo");
});
