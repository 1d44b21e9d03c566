import { manifest } from "../../../provider/manifest";
import { main } from "../../../provider/command-line/main";
import { scriptedTerminal } from "../../support/scripted-terminal";

async function run(...args: string[]) {
  const terminal = scriptedTerminal();
  const exitCode = await main(args, terminal);
  return { exitCode, printed: terminal.printed.join("\n"), said: terminal.said.join("\n") };
}

test.each(["--help", "-h", "help"])("%s lists the commands", async (arg) => {
  const { exitCode, printed } = await run(arg);
  expect(exitCode).toBe(0);
  expect(printed).toMatch(/^Usage: npx pulumi-vultr-user-api-key <command>/);
  expect(printed).toMatch(/^ {2}audit +compares/m);
  expect(printed).toMatch(/^ {2}doctor +looks/m);
  expect(printed).toMatch(/^ {2}preview-comment +\w/m);
});

test("without a command the list comes too, and the exit code says that nothing was done", async () => {
  const { exitCode, printed } = await run();
  expect(exitCode).toBe(2);
  expect(printed).toContain("Usage:");
});

test.each(["audit", "doctor", "preview-comment"])(
  "%s --help, %s -h and help %s tell usage and exit codes",
  async (name) => {
    const { exitCode, printed } = await run(name, "--help");
    expect(exitCode).toBe(0);
    expect(printed).toMatch(new RegExp(`^Usage: npx pulumi-vultr-user-api-key ${name}`));
    expect(printed).toMatch(/exit code/i);
    expect(await run(name, "-h")).toEqual({ exitCode, printed, said: "" });
    expect(await run("help", name)).toEqual({ exitCode, printed, said: "" });
  },
);

test("--version tells the version alone", async () => {
  expect(await run("--version")).toEqual({ exitCode: 0, printed: manifest().version, said: "" });
});

test.each([["audits"], ["toString"], ["__proto__"], ["help", "audits"]])(
  "%s is no command",
  async (...args) => {
    const { exitCode, said } = await run(...args);
    expect(exitCode).toBe(2);
    expect(said).toBe(
      `pulumi-vultr-user-api-key: there is no command "${args.at(-1) ?? ""}" (--help tells more)`,
    );
  },
);
