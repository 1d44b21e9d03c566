/** Runs a plan: lives of stacks in turn, and lives while requests go wrong. */
import { availableParallelism, cpus, loadavg, totalmem, type } from "node:os";
import { join } from "node:path";
import { version as sdkVersion } from "@pulumi/pulumi/version";

import { pluginKeyType } from "../../provider/names";
import { cut, type Fault, type FaultTarget, respond, truncate } from "../emulator";
import { type ExportedResource, pulumiFolder, up } from "../support/project";
import { pseudoRandom } from "../support/pseudo-random";
import { runCommand } from "../support/run-command";
import { timeStarts } from "./start";
import { type Contestant, describeWorkload, openStack, type Run, type Stack } from "./stack";

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
  /** How often both kinds of a provider's process are started. */
  starts: number;
}

/** What one operation cost a contestant once. */
export interface Sample extends Contestant, Omit<Run, "failure"> {
  operation: Operation;
  flags: string[];
  /** The same for the contestants of a round that did this one after the other. */
  turn: number;
  /** The size of the state, known after a create. */
  bytesPerKey: number | undefined;
}

export type FaultyLife = Contestant & Awaited<ReturnType<typeof createAndRotate>>;
export type Results = Awaited<ReturnType<typeof runPlan>>;

export async function runPlan(plan: Plan, say: (what: string) => void) {
  const startedMs = Date.now();
  const machine = await describeMachine();
  const samples: Sample[] = [];
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
        const { failure, ...cost } = await stack.time([...commands[operation], ...flags]);
        if (failure !== undefined) throw new Error(failure); // its time is no figure
        const isFirst = operation === "create";
        const bytesPerKey = isFirst ? stateBytes(await stack.exported()) : undefined;
        samples.push({ ...contestant, operation, flags, turn, bytesPerKey, ...cost });
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
  say("start of processes");
  const starts = await timeStarts(plan.starts);
  const tookMinutes = (Date.now() - startedMs) / 60_000;
  return { plan: plan.name, machine, tookMinutes, samples, faults, starts };
}

/** As far as it matters for the figures, in words. No names. */
async function describeMachine(): Promise<string> {
  const options = { cwd: __dirname, env: process.env };
  const cli = await runCommand(join(pulumiFolder(), "pulumi"), ["version"], options);
  const cpu = cpus()[0]?.model.trim() ?? "unknown";
  const memory = `${Math.round(totalmem() / 1e9)} GB`;
  // Processes that wanted to run in the minute before: more than none disturb the figures.
  const load = loadavg()[0]?.toFixed(1) ?? "unknown";
  return `${cpu}, ${availableParallelism()} cores, ${memory}, ${type()} ${process.arch}; Node ${process.version}, Pulumi CLI ${cli.stdout.trim()}, \`@pulumi/pulumi\` ${sdkVersion}; load before the run ${load}`;
}

/**
 * Bytes of compact JSON a key, secrets encrypted, as `pulumi stack export` has them. The file on disk
 * is indented and somewhat larger, for every subject alike.
 */
function stateBytes(resources: ExportedResource[]): number {
  const keys = resources.filter(
    ({ type }) => type.startsWith("pulumi-nodejs:dynamic") || type === pluginKeyType,
  );
  const bytes = keys.map((key) => Buffer.byteLength(JSON.stringify(key)));
  return Math.round(bytes.reduce((sum, each) => sum + each, 0) / keys.length);
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
