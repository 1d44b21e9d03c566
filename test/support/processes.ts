/** The processes of a command or of an engine's run that is interrupted: which run, and how to end them. */
import { existsSync, globSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { type Project, up } from "./project";
import { runCommand } from "./run-command";

const provider = /@pulumi\/pulumi\/cmd\/dynamic-provider|pulumi-resource-vultr-user-api-key/;

let runs = 0;

/** Starts `pulumi up`. What a failing test leaves running is ended. */
export function startUp(project: Project, flags: readonly string[] = []) {
  runs += 1;
  const file = join(project.folder, `processes-of-run-${runs}`);
  const preload = `--require ${join(__dirname, "tell-process.cjs")}`;
  let startedPid: number | undefined;
  const result = project.pulumi([...up, ...flags], {
    ownGroup: true,
    env: { ...project.env, NODE_OPTIONS: preload, STARTED_PROCESSES: file },
    onStart: (child) => (startedPid = child.pid),
  });
  if (startedPid === undefined) throw new Error("The CLI could not be started.");
  const pid: number = startedPid;
  let hasEnded = false;
  const ending = result.finally(() => {
    hasEnded = true;
    deleteEmptyAttributes(project);
  });
  return {
    /** Of the CLI, which leads a process group of its own. */
    pid,
    result: ending,
    /** Ends those of the run's Node processes that still run: what a killed CLI left behind. */
    killRemaining: () => killRemaining(startedProcesses(file)),
    /** Id of the process that runs our provider, dynamic or the plugin, once it has started. */
    async providerPid() {
      let pid: number | undefined;
      await until("the CLI has started our provider", () => {
        if (hasEnded) throw new Error("The run has ended without our provider.");
        // The plugin is also started, and ended, to ask it for its schema.
        pid = startedProcesses(file).findLast(({ args }) => provider.test(args))?.pid;
        return pid !== undefined;
      });
      return pid!;
    },
    async [Symbol.asyncDispose]() {
      if (hasEnded) return;
      kill(pid);
      await killRemaining(startedProcesses(file));
      await ending;
    },
  };
}

/**
 * A state in a folder has attributes in a file of their own, which the engine does not replace at once: a CLI
 * that is killed in that moment leaves them empty, and then no command can read the state. Whoever meets this
 * deletes the file, as examples/README.md says.
 */
export function deleteEmptyAttributes({ folder }: Pick<Project, "folder">): void {
  for (const file of globSync("state/.pulumi/stacks/*/*.attrs", { cwd: folder })) {
    const path = join(folder, file);
    if (statSync(path).size === 0) rmSync(path);
  }
}

/** What has told its id and program by `tell-process.cjs`. */
function startedProcesses(file: string): Started[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").matchAll(/^(\d+) (.*)\n/gm);
  return [...lines].map(([, pid, args = ""]) => ({ pid: Number(pid), args }));
}

interface Started {
  pid: number;
  /** The command line, or a part of it. */
  args: string;
}

export interface RunningProcess extends Started {
  parentPid: number;
}

/** The processes that `pid` started, and those that these started, and so on. */
export async function descendantsOf(pid: number): Promise<RunningProcess[]> {
  const all = await runningProcesses();
  const below = (parent: number): RunningProcess[] => {
    const children = all.filter(({ parentPid }) => parentPid === parent);
    return children.flatMap((each) => [each, ...below(each.pid)]);
  };
  return below(pid);
}

/**
 * Ends those of `processes` that still run: what a killed command left behind. A process with another
 * command line got the same id later, and is left alone.
 *
 * @returns how many there were
 */
export async function killRemaining(processes: readonly Started[]): Promise<number> {
  const running = await runningProcesses();
  const remaining = processes.filter(({ pid, args }) =>
    running.some((each) => each.pid === pid && each.args.includes(args)),
  );
  for (const { pid } of remaining) kill(pid);
  return remaining.length;
}

export async function runningProcesses(): Promise<RunningProcess[]> {
  const columns = ["-ww", "-eo", "pid=,ppid=,args="];
  const { stdout } = await runCommand("ps", columns, { cwd: "/", env: process.env });
  return [...stdout.matchAll(/^\s*(\d+)\s+(\d+)\s+(.*)$/gm)].map(
    ([, pid, parentPid, args = ""]) => ({ pid: Number(pid), parentPid: Number(parentPid), args }),
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
