/**
 * Every step of create, rotate and delete × every fault × both kinds of names: what broke, which
 * keys live, what state says, what the next run does. Each case is played; nothing is written by hand.
 */
import {
  cut,
  deadKey,
  type Fault,
  respond,
  startEmulator,
  tooManyRequests,
  truncate,
} from "../emulator";
import { type History, unknownKeys } from "../support/invariants";
import { manualClock } from "../support/manual-clock";
import { run, type RunOptions, type RunResult } from "../support/miniature-engine";
import { createStack, type Program, programOf } from "../support/miniature-stack";

type Verb = "create" | "rotate" | "delete";

interface Step {
  verb: Verb;
  name: string;
  /** Which requests of the run are this step. */
  target: { method: "GET" | "POST" | "DELETE"; path: string | RegExp; skip?: number };
  /** Its place among the run's requests, from 1, for kills. */
  place: number;
}

const keys = /^\/users\/[^/]+\/apikeys$/;

const steps: Step[] = [
  {
    verb: "create",
    name: "looking for leftovers",
    target: { method: "GET", path: keys },
    place: 1,
  },
  {
    verb: "create",
    name: "POST of the key",
    target: { method: "POST", path: keys },
    place: 2,
  },
  {
    verb: "create",
    name: "proof of the key",
    target: { method: "GET", path: "/account" },
    place: 3,
  },
  {
    verb: "rotate",
    name: "POST of the new key",
    target: { method: "POST", path: keys },
    place: 1,
  },
  {
    verb: "rotate",
    name: "proof of the new key",
    target: { method: "GET", path: "/account" },
    place: 2,
  },
  {
    verb: "rotate",
    name: "DELETE of the old key",
    target: { method: "DELETE", path: "/users/*/apikeys/*" },
    place: 3,
  },
  {
    verb: "rotate",
    name: "looking whether it is gone",
    target: { method: "GET", path: keys },
    place: 4,
  },
  {
    verb: "delete",
    name: "DELETE of the key",
    target: { method: "DELETE", path: "/users/*/apikeys/*" },
    place: 1,
  },
  {
    verb: "delete",
    name: "looking whether it is gone",
    target: { method: "GET", path: keys },
    place: 2,
  },
];

interface Breakage {
  name: string;
  faults?: (target: Step["target"]) => Fault[];
  kill?: "before" | "after";
  onlyFor?: Step["target"]["method"];
}

const always = Infinity;

const breakages: Breakage[] = [
  {
    name: "401 invalid token",
    faults: (at) => [
      respond({ status: 401, json: { error: "Invalid API token." } }, { ...at, count: always }),
    ],
  },
  {
    name: "401 blocked address",
    faults: (at) => [
      respond(
        { status: 401, json: { error: "Unauthorized IP address: 192.0.2.1" } },
        { ...at, count: always },
      ),
    ],
  },
  { name: "403", faults: (at) => [respond({ status: 403 }, { ...at, count: always })] },
  {
    name: "400",
    faults: (at) => [
      respond({ status: 400, json: { error: "Bad request." } }, { ...at, count: always }),
    ],
  },
  {
    name: "404",
    faults: (at) => [
      respond({ status: 404, json: { error: "Not found." } }, { ...at, count: always }),
    ],
  },
  {
    name: "429 for an hour",
    faults: (at) => [tooManyRequests({ retryAfterSeconds: 3_600 }, { ...at, count: always })],
  },
  { name: "429 once", faults: (at) => [tooManyRequests({ retryAfterSeconds: 2 }, at)] },
  {
    name: "500, not carried out",
    faults: (at) => [respond({ status: 500 }, { ...at, count: always })],
  },
  {
    name: "504 page once, carried out",
    faults: (at) => [respond({ status: 504, html: "<h1>504</h1>", afterWork: true }, at)],
  },
  {
    name: "504 page, carried out",
    faults: (at) => [
      respond({ status: 504, html: "<h1>504</h1>", afterWork: true }, { ...at, count: always }),
    ],
  },
  {
    name: "cut before it was carried out",
    faults: (at) => [cut({ when: "before-work" }, { ...at, count: always })],
  },
  { name: "cut once after it was carried out", faults: (at) => [cut({ when: "after-work" }, at)] },
  {
    name: "cut after it was carried out",
    faults: (at) => [cut({ when: "after-work" }, { ...at, count: always })],
  },
  { name: "answer cut short", faults: (at) => [truncate({ ...at, count: always })] },
  {
    name: "answer without a plaintext",
    faults: (at) => [
      respond({ status: 202, json: { api_key: {} }, afterWork: true }, { ...at, count: always }),
    ],
    onlyFor: "POST",
  },
  {
    name: "key that never works",
    faults: (at) => [deadKey({ ...at, count: always })],
    onlyFor: "POST",
  },
  { name: "killed before it was sent", kill: "before" },
  { name: "killed before its answer came", kill: "after" },
];

export interface MatrixRow {
  verb: Verb;
  step: string;
  breakage: string;
  naming: "automatic" | "exact";
  /** What the broken run says. */
  result: string;
  /** Keys alive at Vultr after it. */
  live: string;
  state: string;
  /** What the next run does, without the fault. */
  nextRun: string;
  /** Verdicts that must never come. */
  lost: boolean;
  duplicate: boolean;
  revokedEarly: boolean;
}

export async function playMatrix(): Promise<MatrixRow[]> {
  const rows: MatrixRow[] = [];
  for (const step of steps) {
    for (const breakage of breakages) {
      if (breakage.onlyFor !== undefined && breakage.onlyFor !== step.target.method) continue;
      for (const naming of ["automatic", "exact"] as const)
        rows.push(await playCase(step, breakage, naming));
    }
  }
  return rows;
}

async function playCase(
  step: Step,
  breakage: Breakage,
  naming: MatrixRow["naming"],
): Promise<MatrixRow> {
  let chance = 0;
  const clock = manualClock({ random: () => (chance = (chance + 0.37) % 1) });
  await using vultr = await startEmulator({ now: clock.now, requestsPerSecond: null });
  const userId = vultr.addUser().id;
  const stack = createStack("production");
  const history: History = { vultr, stacks: [stack], printed: [], kills: 0, known: new Set() };
  const up = (program: Program, options?: RunOptions) =>
    run({ vultr, clock }, stack, program, options);
  const key = (rotationTrigger: number): Program =>
    programOf({ key: { userId, rotationTrigger, ...(naming === "exact" ? { name: "ci" } : {}) } });
  if (step.verb !== "create") await up(key(1));
  const oldId = stack.records[0]?.state.keyId;
  const wanted = step.verb === "delete" ? programOf({}) : key(2);

  vultr.inject(...(breakage.faults?.(step.target) ?? []));
  const options: RunOptions =
    breakage.kill === undefined ? {} : { dieAt: { request: step.place, when: breakage.kill } };
  const broken = await up(wanted, options);
  history.printed.push(...broken.printed);
  const unknown = unknownKeys(history);
  const isOldLive = vultr.liveKeys().some((each) => each.id === oldId);
  const isNewProven = stack.records.some(
    ({ state }) => state.keyId !== oldId && state.isUnproven !== true,
  );
  const found = {
    result: resultOf(broken),
    live: describeLive(),
    state: describeState(),
  };

  vultr.clearFaults();
  clock.advance(3_600_000);
  const posts = count("POST");
  const deletes = count("DELETE");
  const next = await up(wanted);
  history.printed.push(...next.printed);
  const known = new Set(stack.records.map((each) => each.state.keyId));
  const isConverged = next.error === undefined && known.size === wanted.keys.length;
  const left = unknownKeys(history);
  return {
    verb: step.verb,
    step: step.name,
    breakage: breakage.name,
    naming,
    ...found,
    nextRun: describeNext(
      isConverged,
      count("POST") - posts,
      count("DELETE") - deletes,
      next.printed,
    ),
    lost: (!broken.died && unknown.length > 0) || left.length > 0 || !isConverged,
    duplicate: vultr.liveKeys().filter((each) => known.has(each.id)).length !== known.size,
    revokedEarly: step.verb === "rotate" && !isOldLive && !isNewProven,
  };

  function count(method: string): number {
    return vultr.requests.filter((request) => request.method === method).length;
  }

  function describeLive(): string {
    const recorded = new Map(stack.records.map((each) => [each.state.keyId, each]));
    const words = vultr.liveKeys().map((each) => {
      if (each.id === oldId) return "old";
      if (recorded.has(each.id)) return "new";
      return unknown.some((other) => other.id === each.id)
        ? "1 unrecorded"
        : "1 named in the error";
    });
    return words.join(" + ") || "none";
  }

  function describeState(): string {
    const current = stack.records.find((each) => !each.isPendingDeletion);
    const pending = stack.records.filter((each) => each.isPendingDeletion);
    const words = current === undefined ? [] : [current.state.keyId === oldId ? "old" : "new"];
    if (current?.isUnfinished === true) words[0] = `${words[0] ?? ""} (unproven)`;
    return [...words, ...pending.map(() => "old pending deletion")].join(", ") || "nothing";
  }
}

function resultOf({ died, error }: RunResult): string {
  if (died) return "is killed";
  return error === undefined ? "succeeds" : "fails";
}

function describeNext(
  isConverged: boolean,
  posts: number,
  deletes: number,
  printed: string[],
): string {
  if (!isConverged) return "does not converge";
  const done = [
    ...(posts > 0 ? ["makes the key"] : []),
    ...(deletes > 0 ? ["deletes the old key"] : []),
    ...(printed.some((text) => text.startsWith("note: user")) ? ["names the leftover"] : []),
  ];
  return done.join(", ") || "nothing left to do";
}
