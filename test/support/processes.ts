/** An engine's run that a test interrupts: it knows the Node processes of the run, and can end them. */
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { type Project, up } from "./project";
import { type CommandResult, runCommand } from "./run-command";

export interface StartedRun extends AsyncDisposable {
  /** Of the CLI, which leads a process group of its own. */
  pid: number;
  result: Promise<CommandResult>;
  /** Id of the process that runs the code of dynamic providers, ours included, once it has started. */
  providerPid(): Promise<number>;
  /** Ends those of the run's Node processes that still run: what a killed CLI left behind. Says how many. */
  killRemaining(): Promise<number>;
}

let runs = 0;

/** Starts `pulumi up`. What a failing test leaves running is ended. */
export function startUp(project: Project, flags: readonly string[] = []): StartedRun {
  runs += 1;
  const file = join(project.folder, `processes-of-run-${runs}`);
  const preload = `--require ${join(__dirname, "tell-process.cjs")}`;
  let child: ChildProcess | undefined;
  const result = project.pulumi([...up, ...flags], {
    ownGroup: true,
    env: { ...project.env, NODE_OPTIONS: preload, STARTED_PROCESSES: file },
    onStart: (started) => {
      child = started;
    },
  });
  const pid = child?.pid;
  if (pid === undefined) throw new Error("The CLI could not be started.");
  let hasEnded = false;
  const ending = result.finally(() => {
    hasEnded = true;
  });
  const killRemaining = async () => {
    const remaining = await stillRunning(startedProcesses(file));
    for (const each of remaining) kill(each.pid);
    return remaining.length;
  };
  return {
    pid,
    result: ending,
    killRemaining,
    async providerPid() {
      let provider: NodeProcess | undefined;
      await until("the CLI has started its dynamic provider", () => {
        if (hasEnded) throw new Error("The run has ended without a dynamic provider.");
        provider = startedProcesses(file).find(isDynamicProvider);
        return provider !== undefined;
      });
      return provider!.pid;
    },
    async [Symbol.asyncDispose]() {
      if (hasEnded) return;
      kill(pid);
      await killRemaining();
      await ending;
    },
  };
}

interface NodeProcess {
  pid: number;
  program: string;
}

function startedProcesses(file: string): NodeProcess[] {
  if (!existsSync(file)) return [];
  return [...readFileSync(file, "utf8").matchAll(/^(\d+) (.*)\n/gm)].map(
    ([, pid, program = ""]) => ({
      pid: Number(pid),
      program,
    }),
  );
}

function isDynamicProvider({ program }: NodeProcess): boolean {
  return program.includes("@pulumi/pulumi/cmd/dynamic-provider");
}

/** A process whose command line is another one got the same id later, and is none of ours. */
async function stillRunning(processes: readonly NodeProcess[]): Promise<NodeProcess[]> {
  const columns = ["-ww", "-eo", "pid=,args="];
  const { stdout } = await runCommand("ps", columns, { cwd: "/", env: process.env });
  const lines = stdout.split("\n").map((line) => line.trim());
  return processes.filter(({ pid, program }) =>
    lines.some((line) => line.startsWith(`${pid} `) && line.includes(program)),
  );
}

/** `kill -9`; a process that has just ended is no error. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Ends what hangs: on a busy machine an event is late, and never as late as this. */
const patienceMs = 240_000;

/**
 * Waits for an event that can only be looked for.
 *
 * @throws {Error} it never came
 */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const endMs = Date.now() + patienceMs;
  while (!condition()) {
    if (Date.now() > endMs) throw new Error(`Waited in vain until ${what}.`);
    await sleep(2);
  }
}
