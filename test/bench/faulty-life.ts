/** Create and rotate while one request in a hundred goes wrong; afterwards, Vultr's keys against state. */
import { type Emulator, type Fault, cut, respond, startEmulator, truncate } from "../emulator";
import { pseudoRandom } from "../support/pseudo-random";
import { up } from "../support/project";
import type { Contestant } from "./plan";
import { type BenchStack, openStack } from "./stack";

export interface FaultyLife {
  /** All runs together, from the start of each CLI to its end. */
  wallMs: number;
  requests: number;
  throttled: number;
  faults: number;
  /** Runs of `pulumi up`, and those of them that failed. Each of the two operations has three attempts. */
  runs: number;
  failedRuns: number;
  /** Live keys at Vultr that no state knows: nobody has their plaintext, nobody will revoke them. */
  unknownKeys: number;
  /** Keys that state holds as current and Vultr does not accept. */
  deadKeys: number;
  /** Replaced keys that state still wants deleted after the last attempt. */
  pendingDeletions: number;
}

const maxRuns = 3;
const faultShare = 0.01;

/** @param seed decides which requests go wrong, and how: the n-th request is the same for everybody */
export async function liveWithFaults(contestant: Contestant, seed: number): Promise<FaultyLife> {
  const { subject, workload } = contestant;
  await using vultr = await startEmulator({ faults: faultsOf(seed, 20 * workload.keys) });
  await using stack = await openStack(subject, workload, vultr);
  let wallMs = 0;
  let runs = 0;
  let failedRuns = 0;
  for (const generation of [1, 2]) {
    await stack.declare(generation);
    for (let attempt = 1; attempt <= maxRuns; attempt += 1) {
      const run = await stack.time(up);
      wallMs += run.wallMs;
      runs += 1;
      if (run.succeeded) break;
      failedRuns += 1;
    }
  }
  const requests = vultr.requests.length;
  const throttled = vultr.requests.filter(({ status }) => status === 429).length;
  const faults = vultr.requests.filter(({ faulted }) => faulted).length;
  const ends = await compare(stack, vultr);
  return { wallMs, requests, throttled, faults, runs, failedRuns, ...ends };
}

async function compare(stack: BenchStack, vultr: Emulator) {
  const { deployment } = await stack.exported();
  const recorded = (deployment.resources ?? []).filter(({ outputs }) => outputs?.["keyId"]);
  const idOf = ({ outputs }: (typeof recorded)[number]) => String(outputs?.["keyId"]);
  const known = new Set(recorded.map(idOf));
  const live = new Set(vultr.liveKeys().map((key) => key.id));
  const current = recorded.filter((key) => key.delete !== true);
  return {
    unknownKeys: [...live].filter((id) => !known.has(id)).length,
    deadKeys: current.filter((key) => !live.has(idOf(key))).length,
    pendingDeletions: recorded.length - current.length,
  };
}

/** Faults for about one of a hundred among the first `requests`. */
export function faultsOf(seed: number, requests: number): Fault[] {
  const random = pseudoRandom(seed);
  const faults: Fault[] = [];
  for (let at = 0; at < requests; at += 1) {
    const isHit = random() < faultShare;
    const kind = kinds[Math.floor(random() * kinds.length)];
    // The script does not count requests that an earlier fault met.
    if (isHit && kind !== undefined) faults.push(kind({ skip: at - faults.length }));
  }
  return faults;
}

const kinds: ((target: { skip: number }) => Fault)[] = [
  (target) => respond({ status: 500 }, target),
  (target) => respond({ status: 504, html: "<h1>504</h1>", afterWork: true }, target),
  (target) => cut({ when: "before-work" }, target),
  (target) => cut({ when: "after-work" }, target),
  (target) => truncate(target),
];
