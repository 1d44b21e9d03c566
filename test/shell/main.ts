/**
 * `npm run shell`: the user's own shell, with everything set for trying the package by hand on the real
 * engine against an emulator. Leaving it leaves nothing behind.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { type EmulatedUser, startEmulator } from "../emulator";
import { addExampleUsers } from "../emulator/example-users";
import { runCommandLine } from "../support/usage";
import { copyExample } from "../support/example-copy";
import { withoutOuterNpm } from "../support/outer-npm";
import { descendantsOf, killRemaining, type RunningProcess } from "../support/processes";
import { engineEnvironment, pulumiFolder } from "../support/project";
import { runCommand } from "../support/run-command";
import { type ShellStart, startOf } from "./users-shell";

const usage = `Usage: npm run shell

Opens your shell ($SHELL) in a copy of examples/basic, with the Pulumi CLI, Node, and a Vultr emulator
with users to make keys for. Nothing leaves this machine, and nothing of yours is changed. Leave it by
exit or Ctrl-D: the emulator stops, and the folder is removed with the state in it.

  --help  this text
`;

const stack = "dev";
const hangUpMs = 2_000;

function welcome(users: readonly EmulatedUser[], apiUrl: string, project: string): string {
  const width = Math.max(...users.map(({ email }) => email.length));
  return `
A shell to try pulumi-vultr-user-api-key in. Vultr is an emulator at ${apiUrl};
nothing leaves this machine. VULTR_API_KEY is set to the key of the account's root user.

This folder is a copy of examples/basic, with a stack "${stack}" whose state is beside it:
  ${project}

Other users of the account:
${users.map(({ email, id }) => `  ${email.padEnd(width)}   ${id}`).join("\n")}

Try:
  pulumi preview                      what would happen; nothing is sent to Vultr
  pulumi up                           makes a key and proves it
  pulumi config set keyGeneration 2   asks for a new key
  pulumi up                           the new key first, the old key last
  pulumi-vultr-user-api-key audit --stack ${stack} --all
                                      compares Vultr's keys with the state

index.ts is the program. exit or Ctrl-D leaves, stops the emulator and removes the folder.

`;
}

async function main(): Promise<void> {
  const leaving = leavingSignal();
  await using temporary = await mkdtempDisposable(join(tmpdir(), "vultr-key-shell-"));
  // The engine names folders by their real paths.
  const folder = await realpath(temporary.path);
  await using vultr = await startEmulator();
  const users = addExampleUsers(vultr);
  const project = join(folder, "vultr-keys");
  const commands = await copyExample("basic", project);
  const engine = engineEnvironment(folder, vultr);
  const inProject = { cwd: project, env: engine };
  const added = await runCommand("pulumi", ["stack", "init", stack], inProject);
  if (added.code !== 0) throw new Error(`pulumi stack init failed:\n${added.output}`);

  const firstOnPath = [commands, dirname(process.execPath), pulumiFolder()].join(delimiter);
  const shell = await startOf(process.env["SHELL"] ?? "sh", firstOnPath, join(folder, "start-up"));
  // The user's environment without settings of other stacks and accounts.
  const outer = Object.entries(withoutOuterNpm());
  const kept = Object.fromEntries(outer.filter(([name]) => !/^(PULUMI|VULTR)_/.test(name)));
  const { HOME: _home, PATH: _path, ...settings } = engine;
  const env = { ...kept, ...settings, ...shell.env };
  process.stdout.write(welcome(users, vultr.url, project));
  const exitCode = await runShell({ ...shell, env }, project, leaving);
  // Of a person's shell it is only the code of their last command.
  if (!process.stdin.isTTY) process.exitCode = exitCode;
}

/** Aborted when we are asked to end, or when the terminal goes. */
function leavingSignal(): AbortSignal {
  const leaving = new AbortController();
  const leave = () => {
    leaving.abort();
  };
  process.on("SIGTERM", leave).on("SIGHUP", leave);
  process.stdout.on("error", leave);
  // Ctrl-C in a terminal is meant for what runs in the shell.
  process.on("SIGINT", () => {
    if (!process.stdin.isTTY) leave();
  });
  return leaving.signal;
}

/** @returns the shell's exit code */
async function runShell(
  { command, args, env }: ShellStart,
  cwd: string,
  leaving: AbortSignal,
): Promise<number> {
  if (leaving.aborted) return 1;
  const shell = spawn(command, args, { cwd, env, stdio: "inherit" });
  const ended = once(shell, "exit") as Promise<[number | null]>;
  let runningInIt: RunningProcess[] = [];
  const hangUp = async () => {
    if (shell.pid !== undefined) runningInIt = await descendantsOf(shell.pid);
    // An interactive shell ignores SIGTERM.
    shell.kill("SIGHUP");
    await sleep(hangUpMs, undefined, { ref: false });
    shell.kill("SIGKILL");
  };
  leaving.addEventListener("abort", () => void hangUp());
  const [exitCode] = await ended;
  await killRemaining(runningInIt);
  return exitCode ?? 1;
}

runCommandLine("shell", usage, {}, main);
