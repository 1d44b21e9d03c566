import { main } from "../../../provider/command-line/main";
import { scriptedTerminal } from "../../support/scripted-terminal";

async function run(...args: string[]) {
  const terminal = scriptedTerminal();
  const exitCode = await main(args, terminal);
  return { exitCode, printed: terminal.printed.join("\n"), said: terminal.said.join("\n") };
}

test.each([["--help"], ["help"]])("%s lists the commands", async (...args) => {
  const { exitCode, printed } = await run(...args);
  expect(exitCode).toBe(0);
  expect(printed).toMatch(/^Usage: npx pulumi-vultr-user-api-key <command>/);
  expect(printed).toMatch(/^ {2}audit +compares/m);
  expect(printed).toMatch(/^ {2}preview-comment +\w/m);
});

test("without a command the list comes too, and the exit code says that nothing was done", async () => {
  const { exitCode, printed } = await run();
  expect(exitCode).toBe(2);
  expect(printed).toContain("Usage:");
});

test.each(["audit", "preview-comment"])("%s --help tells usage and exit codes", async (name) => {
  const { exitCode, printed } = await run(name, "--help");
  expect(exitCode).toBe(0);
  expect(printed).toMatch(new RegExp(`^Usage: npx pulumi-vultr-user-api-key ${name}`));
  expect(printed).toMatch(/exit code/i);
});

test.each(["audits", "toString", "__proto__"])("%s is no command", async (name) => {
  const { exitCode, said } = await run(name);
  expect(exitCode).toBe(2);
  expect(said).toBe(`pulumi-vultr-user-api-key: there is no command "${name}" (--help tells more)`);
});
