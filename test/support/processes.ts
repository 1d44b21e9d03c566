/** Finds the processes below a command that a test started, so that it can end the one it means. */
import { setTimeout as sleep } from "node:timers/promises";

import { runCommand } from "./run-command";

export interface RunningProcess {
  pid: number;
  parentPid: number;
  /** The command line. */
  args: string;
}

/** The processes that `pid` started, and those that these started, and so on. */
export async function descendantsOf(pid: number): Promise<RunningProcess[]> {
  const all = await runningProcesses();
  const found: RunningProcess[] = [];
  const parents = new Set([pid]);
  for (let before = -1; before !== found.length;) {
    before = found.length;
    for (const each of all) {
      if (!parents.has(each.parentPid) || parents.has(each.pid)) continue;
      parents.add(each.pid);
      found.push(each);
    }
  }
  return found;
}

/** Is this the process that runs the code of dynamic providers, ours included? */
function isDynamicProvider({ args }: RunningProcess): boolean {
  // `node -e …` with the same words only looks for the file.
  return /^\S*node\S* (?!-e ).*@pulumi\/pulumi\/cmd\/dynamic-provider/.test(args);
}

/**
 * Waits until a Pulumi CLI has started its dynamic provider.
 *
 * @throws {Error} it did not within half a minute
 */
export async function dynamicProviderOf(cliPid: number): Promise<RunningProcess> {
  const endMs = Date.now() + 30_000;
  while (Date.now() < endMs) {
    const provider = (await descendantsOf(cliPid)).find(isDynamicProvider);
    if (provider !== undefined) return provider;
    await sleep(5);
  }
  throw new Error(`The CLI ${cliPid} started no dynamic provider.`);
}

/**
 * Ends those of `processes` that still run: what a killed command left behind. A process whose
 * command line has changed is another that got the same id, and is left alone.
 *
 * @returns how many there were
 */
export async function killRemaining(processes: readonly RunningProcess[]): Promise<number> {
  const running = await runningProcesses();
  const remaining = processes.filter(({ pid, args }) =>
    running.some((each) => each.pid === pid && each.args === args),
  );
  for (const { pid } of remaining) kill(pid);
  return remaining.length;
}

/** `kill -9`; a process that has just ended is no error. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function runningProcesses(): Promise<RunningProcess[]> {
  const columns = ["-ww", "-eo", "pid=,ppid=,args="];
  const listed = await runCommand("ps", columns, { cwd: "/", env: process.env });
  return listed.stdout.split("\n").flatMap((line) => {
    const [, pid, parentPid, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || parentPid === undefined || args === undefined) return [];
    return [{ pid: Number(pid), parentPid: Number(parentPid), args }];
  });
}
