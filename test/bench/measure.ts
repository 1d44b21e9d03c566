/** Runs a plan: lives of stacks in turn, lives while requests go wrong, and starts of the provider. */
import { mkdir, mkdtempDisposable } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem, type } from "node:os";
import { join } from "node:path";

import { cut, type Fault, type FaultTarget, respond, truncate } from "../emulator";
import { installedPackage } from "../support/installed-package";
import { type ExportedResource, pulumiFolder, up } from "../support/project";
import { pseudoRandom } from "../support/pseudo-random";
import { runCommand } from "../support/run-command";
import {
  type Contestant,
  describeWorkload,
  installFloorProvider,
  openStack,
  type Run,
  type Stack,
} from "./stack";

const commands = {
  preview: ["preview"],
  create: up,
  "no-op up": up,
  rotate: up,
  refresh: ["refresh", "--yes", "--skip-preview"],
  destroy: ["destroy", "--yes", "--skip-preview"],
};
export type Operation = keyof typeof commands;
export const operations = Object.keys(commands) as Operation[];

/** Contestants that take turns at each step, so that whatever the machine does meets all of them. */
export interface Round {
  contestants: Contestant[];
  steps: Operation[];
  repetitions: number;
  /** More flags of the CLI. */
  flags?: string[];
}

export interface Plan {
  name: "full" | "quick" | "smoke";
  lives: Round[];
  faults: Pick<Round, "contestants" | "repetitions">;
  /** Pairs of fresh processes that load a provider and answer one check. */
  starts: number;
}

/** What one operation cost a contestant once. */
export interface Sample extends Contestant, Omit<Run, "failure"> {
  operation: Operation;
  flags: string[];
  /** The same for the contestants of a round that did this one after the other. */
  turn: number;
}

export type FaultyLife = Contestant & Awaited<ReturnType<typeof createAndRotate>>;
export type Results = Awaited<ReturnType<typeof runPlan>>;

export async function runPlan(plan: Plan, say: (what: string) => void) {
  const startedMs = Date.now();
  const machine = await describeMachine();
  say("loading the provider");
  const starts = await measureStarts(plan.starts);
  const samples: Sample[] = [];
  const states: (Contestant & ReturnType<typeof stateSize>)[] = [];
  const playOnce = async ({ contestants, steps, flags = [] }: Round) => {
    await using closing = new AsyncDisposableStack();
    const opened: { contestant: Contestant; stack: Stack }[] = [];
    for (const contestant of contestants)
      opened.push({ contestant, stack: closing.use(await openStack(contestant)) });
    for (const operation of steps) {
      const turn = samples.length;
      for (const { contestant, stack } of opened) {
        say(`${describeWorkload(contestant)}: ${contestant.subject}, ${operation}`);
        // The preview is that of the rotation, which checks and diffs.
        await stack.declare(operation === "preview" || operation === "rotate" ? 2 : 1);
        const cost = costOf(await stack.time([...commands[operation], ...flags]));
        samples.push({ ...contestant, operation, flags, turn, ...cost });
        if (operation === "create")
          states.push({ ...contestant, ...stateSize(await stack.exported()) });
      }
    }
  };
  for (const round of plan.lives)
    for (let times = 0; times < round.repetitions; times += 1) await playOnce(round);

  const faults: FaultyLife[] = [];
  for (let seed = 1; seed <= plan.faults.repetitions; seed += 1) {
    for (const contestant of plan.faults.contestants) {
      say(`faults: ${contestant.subject}, ${seed} of ${plan.faults.repetitions}`);
      await using stack = await openStack(contestant, faultsOf(seed, 20 * contestant.keys));
      faults.push({ ...contestant, ...(await createAndRotate(stack)) });
    }
  }
  const tookMinutes = (Date.now() - startedMs) / 60_000;
  return { plan: plan.name, machine, tookMinutes, samples, states, faults, starts };
}

/** As far as it matters for the figures, in words. No names. */
async function describeMachine(): Promise<string> {
  // Processes that wanted to run in the minute before: more than none disturb the figures.
  const load = loadavg()[0]?.toFixed(1) ?? "unknown";
  const cpu = cpus()[0]?.model.trim() ?? "unknown";
  const version = async (command: string, args: string[]) =>
    (await runCommand(command, args, { cwd: __dirname, env: process.env })).stdout.trim();
  const cli = await version(join(pulumiFolder(), "pulumi"), ["version"]);
  const sdk = await version(process.execPath, [
    "--print",
    'require("@pulumi/pulumi/package.json").version',
  ]);
  const memory = `${Math.round(totalmem() / 1e9)} GB`;
  return `${cpu}, ${availableParallelism()} cores, ${memory}, ${type()} ${process.arch}; Node ${process.version}, Pulumi CLI ${cli}, \`@pulumi/pulumi\` ${sdk}; load before the run ${load}`;
}

/** Milliseconds from a provider's `require` to its first answer, in fresh processes, two in turn. */
async function measureStarts(pairs: number) {
  const programs = join(await installedPackage(), "programs");
  await mkdir(programs, { recursive: true });
  await using folder = await mkdtempDisposable(join(programs, "bench-start-"));
  const cwd = folder.path;
  await installFloorProvider(cwd);
  const firstCheckMs = async (provider: string) => {
    const args = [join(__dirname, "programs", "first-check.js"), provider];
    const { code, stdout, output } = await runCommand(process.execPath, args, { cwd, env: {} });
    if (code !== 0) throw new Error(`${provider} could not be loaded:\n${output}`);
    return Number(stdout);
  };
  const starts = [];
  for (let pair = 1; pair <= pairs; pair += 1) {
    const oursMs = await firstCheckMs("pulumi-vultr-user-api-key/provider");
    const floorMs = await firstCheckMs("bench-floor-without-work/provider");
    starts.push({ oursMs, floorMs });
  }
  return starts;
}

/** @throws {Error} the command failed: its time is no figure */
export function costOf({ failure, ...cost }: Run): Omit<Run, "failure"> {
  if (failure !== undefined) throw new Error(failure);
  return cost;
}

type Recorded = ExportedResource & { stackTrace?: unknown; sourcePosition?: unknown };

/**
 * Bytes of compact JSON a key, secrets encrypted, as `pulumi stack export` has them. The file on disk
 * is indented and somewhat larger, for every subject alike.
 */
function stateSize(resources: Recorded[]) {
  const keys = resources.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic"));
  const mean = (of: (key: Recorded) => object) => {
    const bytes = keys.map((key) => Buffer.byteLength(JSON.stringify(of(key))));
    return Math.round(bytes.reduce((sum, each) => sum + each, 0) / keys.length);
  };
  return {
    bytesPerKey: mean((key) => key),
    /** Those of them in which Pulumi records where the key was declared. */
    callStackBytes: mean(({ stackTrace, sourcePosition }) => ({ stackTrace, sourcePosition })),
  };
}

/** A run that fails is run again, three times at most; afterwards, Vultr's keys against state. */
export async function createAndRotate(
  stack: Pick<Stack, "declare" | "time" | "exported"> & {
    vultr: Pick<Stack["vultr"], "requests" | "liveKeys">;
  },
) {
  const runs: Run[] = [];
  for (const generation of [1, 2]) {
    await stack.declare(generation);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const run = await stack.time(up);
      runs.push(run);
      if (run.failure === undefined) break;
    }
  }
  const recorded = (await stack.exported()).filter(({ outputs }) => outputs?.["keyId"]);
  const current = recorded.filter((key) => key.delete !== true);
  const idsOf = (keys: ExportedResource[]) => keys.map((key) => key.outputs?.["keyId"]);
  const live: unknown[] = stack.vultr.liveKeys().map(({ id }) => id);
  const { requests } = stack.vultr;
  return {
    /** All runs together, from the start of each CLI to its end. */
    wallMs: runs.reduce((sum, run) => sum + run.wallMs, 0),
    throttled: requests.filter(({ status }) => status === 429).length,
    faults: requests.filter(({ faulted }) => faulted).length,
    runs: runs.length,
    failedRuns: runs.filter(({ failure }) => failure !== undefined).length,
    /** Live keys at Vultr that no state knows: nobody has their plaintext, nobody will revoke them. */
    unknownKeys: live.filter((id) => !idsOf(recorded).includes(id)).length,
    /** Keys that state holds as current and Vultr does not accept. */
    deadKeys: idsOf(current).filter((id) => !live.includes(id)).length,
    /** Replaced keys that state still wants deleted after the last attempt. */
    pendingDeletions: recorded.length - current.length,
  };
}

/** Faults for about one in a hundred of the first `requests`, the same for every subject. */
export function faultsOf(seed: number, requests: number): Fault[] {
  const random = pseudoRandom(seed);
  const faults: Fault[] = [];
  for (let at = 0; at < requests; at += 1) {
    const isHit = random() < 0.01;
    const kind = faultKinds[Math.floor(random() * faultKinds.length)];
    // The script does not count requests that an earlier fault met.
    if (isHit && kind !== undefined) faults.push(kind({ skip: at - faults.length }));
  }
  return faults;
}

const faultKinds: ((target: FaultTarget) => Fault)[] = [
  (target) => respond({ status: 500 }, target),
  (target) => respond({ status: 504, html: "<h1>504</h1>", afterWork: true }, target),
  (target) => cut({ when: "before-work" }, target),
  (target) => cut({ when: "after-work" }, target),
  (target) => truncate(target),
];
