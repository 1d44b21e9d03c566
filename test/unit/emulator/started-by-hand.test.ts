import { join } from "node:path";

import { startEmulator } from "../../emulator";
import { runCommand } from "../../support/run-command";

it("says what to do where the port is taken", async () => {
  await using other = await startEmulator();
  const { port } = new URL(other.url);
  const main = join(__dirname, "..", "..", "emulator", "main.ts");
  const args = ["-r", "ts-node/register/transpile-only", main, "--port", port];
  const refused = await runCommand(process.execPath, args, { cwd: __dirname, env: process.env });
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(new RegExp(`^Port ${port} is taken, .*\n$`));
  expect(refused.stderr).toContain("npm run emulator -- --port <number>");
});
