/** A stack of one contestant on the real engine against an emulator of its own, whose commands are timed. */
import { globSync, readFileSync, readlinkSync } from "node:fs";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { type Emulator, type Fault, startEmulator } from "../emulator";
import { createProject, type Project } from "../support/project";

/** Keys are dealt to users in turn: the first to the first user, the second to the second. */
export interface Workload {
  keys: number;
  users: number;
}

export interface Contestant extends Workload {
  /** This package's classes, its plugin, the engine's floor, or the textbook. */
  subject: "ours" | "plugin" | "floor" | "textbook";
}

/** `300 keys, 10 users`. */
export function describeWorkload({ keys, users }: Workload): string {
  const count = (number: number, what: string) =>
    `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
  return `${count(keys, "key")}, ${count(users, "user")}`;
}

export type Stack = Awaited<ReturnType<typeof openStack>>;
export type Run = Awaited<ReturnType<typeof timeCommand>>;

/** The longest that one command may take. */
const timeoutMs = 20 * 60_000;

/** @param faults what goes wrong at Vultr */
export async function openStack({ subject, keys, users }: Contestant, faults: Fault[] = []) {
  await using opening = new AsyncDisposableStack();
  const vultr = opening.use(await startEmulator({ faults }));
  const program = await readFile(join(__dirname, "programs", `${subject}.js`), "utf8");
  const project = opening.use(
    await createProject({ program, vultr, hasPlugin: subject === "plugin" }),
  );
  if (subject === "floor") {
    // Where a provider text's `require` looks: in node_modules, like ours.
    const target = join(project.folder, "node_modules", "bench-floor-without-work", "provider.js");
    await cp(join(__dirname, "programs", "floor-provider.js"), target);
  }
  const userIds = Array.from({ length: users }, () => vultr.addUser().id);
  const declared = Array.from({ length: keys }, (_, at) => ({
    name: `key-${at}`,
    userId: userIds[at % users],
  }));
  const opened = opening.move();
  return {
    vultr,
    /** Declares the keys, of this generation. */
    declare(generation: number) {
      const workload = JSON.stringify({ keys: declared, generation: String(generation) });
      return writeFile(join(project.folder, "workload.json"), workload);
    },
    time: (args: readonly string[]) => timeCommand(project, vultr, args),
    exported: () => project.exported(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** What a Pulumi command costs, whether it fails or not. */
async function timeCommand(project: Project, vultr: Emulator, args: readonly string[]) {
  const before = vultr.requests.length;
  const startedMs = Date.now();
  const peakBytes = watchProvider(project.folder);
  const { code, output } = await project.pulumi(args, { timeoutMs });
  const wallMs = Date.now() - startedMs;
  const requests = vultr.requests.slice(before);
  return {
    failure: code === 0 ? undefined : `pulumi ${args.join(" ")} failed:\n${output}`,
    /** From the start of the CLI to its end. */
    wallMs,
    requests: requests.length,
    throttled: requests.filter(({ status }) => status === 429).length,
    /** From the start of the CLI to the arrival of the first request. */
    firstRequestMs: requests[0] && requests[0].atMs - startedMs,
    /** Undefined if the system does not tell. */
    providerPeakBytes: peakBytes(),
  };
}

/**
 * Watches the process that runs the dynamic provider of the program in `folder`, until it is asked for the peak.
 * That is `VmHWM` of Linux, which only ever grows; the last 50 milliseconds may not be seen.
 */
function watchProvider(folder: string): () => number | undefined {
  let process: string | undefined;
  let peakBytes: number | undefined;
  const isProvider = (each: string) =>
    ifThere(() => readlinkSync(`${each}/cwd`)) === folder &&
    textOf(`${each}/cmdline`).includes("/@pulumi/pulumi/cmd/dynamic-provider");
  const timer = setInterval(() => {
    process ??= globSync("/proc/[0-9]*").find(isProvider);
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(textOf(`${process ?? ""}/status`)) ?? [];
    if (kibibytes !== undefined) peakBytes = Number(kibibytes) * 1_024;
  }, 50).unref();
  return () => {
    clearInterval(timer);
    return peakBytes;
  };
}

const textOf = (file: string) => ifThere(() => readFileSync(file, "utf8")) ?? "";

/** A process may end between two looks, and only Linux has `/proc`: then there is nothing to read. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
