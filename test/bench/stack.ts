/** A stack of one subject in a folder of its own, whose Pulumi commands are timed. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Emulator } from "../emulator";
import { installedPackage } from "../support/installed-package";
import { engineEnvironment, type ExportedResource } from "../support/project";
import { runCommand } from "../support/run-command";
import { watchProvider } from "./provider-memory";
import { type Subject, writeProgram } from "./subject";
import { declaredKeys, type Workload } from "./workload";

/** What one Pulumi command cost. */
export interface Cost {
  /** From the start of the CLI to its end. */
  wallMs: number;
  /** Requests that reached the emulator. */
  requests: number;
  /** Those of them that were answered 429. */
  throttled: number;
  /** From the start of the CLI to the arrival of the first request, and of the last. */
  firstRequestMs?: number;
  lastRequestMs?: number;
  /** Peak resident memory of the provider process; undefined where the system does not tell. */
  providerPeakBytes?: number;
}

interface TimedCommand extends Cost {
  succeeded: boolean;
  output: string;
}

export interface BenchStack extends AsyncDisposable {
  /** Declares the workload's keys, of this generation. */
  declare(generation: number): Promise<void>;
  /** Runs `pulumi` with these arguments, without questions. */
  time(args: readonly string[]): Promise<TimedCommand>;
  /** The same; @throws {Error} the command failed, with what it printed */
  succeed(args: readonly string[]): Promise<Cost>;
  /** The stack's resources, as the file that `pulumi stack export` writes has them. */
  exported(): Promise<Exported>;
}

/** What `pulumi stack export` writes, as far as it matters here. */
export interface Exported {
  version: number;
  deployment: { resources?: DeclaredResource[] };
}

/** With where the program declared it. */
export interface DeclaredResource extends ExportedResource {
  sourcePosition?: string;
  stackTrace?: object[];
}

/** The longest that one command may take. */
const commandLimitMs = 20 * 60_000;

export async function openStack(
  subject: Subject,
  workload: Workload,
  vultr: Emulator,
): Promise<BenchStack> {
  const programs = join(await installedPackage(), "programs");
  await mkdir(programs, { recursive: true });
  const folder = await mkdtemp(join(programs, `bench-${subject}-`));
  await writeProgram(subject, folder);
  const env = engineEnvironment(folder, vultr);
  const userIds = Array.from({ length: workload.users }, () => vultr.addUser().id);

  async function time(args: readonly string[]): Promise<TimedCommand> {
    const seen = vultr.requests.length;
    const startedMs = Date.now();
    const memory = watchProvider(folder);
    const all = [...args, "--non-interactive", "--color", "never"];
    const options = { cwd: folder, env, timeoutMs: commandLimitMs };
    const { code, output } = await runCommand("pulumi", all, options);
    const wallMs = Date.now() - startedMs;
    const requests = vultr.requests.slice(seen);
    const [first, last] = [requests[0], requests.at(-1)];
    const providerPeakBytes = memory.stop();
    return {
      succeeded: code === 0,
      output,
      wallMs,
      requests: requests.length,
      throttled: requests.filter(({ status }) => status === 429).length,
      ...(first && last
        ? { firstRequestMs: first.atMs - startedMs, lastRequestMs: last.atMs - startedMs }
        : {}),
      ...(providerPeakBytes === undefined ? {} : { providerPeakBytes }),
    };
  }

  async function succeed(args: readonly string[]): Promise<Cost> {
    const { succeeded, output, ...cost } = await time(args);
    if (!succeeded) throw new Error(`pulumi ${args.join(" ")} failed (${subject}):\n${output}`);
    return cost;
  }

  await succeed(["stack", "init", "bench"]);
  return {
    time,
    succeed,
    async declare(generation) {
      const keys = declaredKeys(workload, userIds);
      await writeFile(
        join(folder, "workload.json"),
        JSON.stringify({ keys, generation: String(generation) }),
      );
    },
    async exported() {
      const { code, output, stdout } = await runCommand("pulumi", ["stack", "export"], {
        cwd: folder,
        env,
      });
      if (code !== 0) throw new Error(`pulumi stack export failed:\n${output}`);
      return JSON.parse(stdout) as Exported;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
