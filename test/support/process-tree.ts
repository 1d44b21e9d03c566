/** The processes below a command, as `ps` shows them, and how to end what is left of them. */
import { kill } from "./processes";
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

async function runningProcesses(): Promise<RunningProcess[]> {
  const columns = ["-ww", "-eo", "pid=,ppid=,args="];
  const listed = await runCommand("ps", columns, { cwd: "/", env: process.env });
  return listed.stdout.split("\n").flatMap((line) => {
    const [, pid, parentPid, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || parentPid === undefined || args === undefined) return [];
    return [{ pid: Number(pid), parentPid: Number(parentPid), args }];
  });
}
