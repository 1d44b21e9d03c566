/**
 * Every step of create, rotate and delete × every fault × both kinds of names: what broke, which
 * keys live, what state says, what the next run does. Each case is played; nothing is written by hand.
 */
import { cut, deadKey, type Fault, respond, tooManyRequests, truncate } from "../emulator";
import { unknownKeys } from "../support/invariants";
import type { RunResult } from "../support/miniature-engine";
import type { Door } from "../support/miniature-process";
import { startMiniatureScene } from "../support/miniature-scene";
import { type Program, programOf } from "../support/miniature-stack";

type Verb = "create" | "rotate" | "delete";

interface Step {
  verb: Verb;
  name: string;
  /** Which requests of the run are this step. */
  target: { method: "GET" | "POST" | "DELETE"; path: string };
  /** Its place among the run's requests, from 1, for kills. */
  place: number;
}

const list = { method: "GET", path: "/users/*/apikeys" } as const;
const make = { method: "POST", path: "/users/*/apikeys" } as const;
const prove = { method: "GET", path: "/account" } as const;
const remove = { method: "DELETE", path: "/users/*/apikeys/*" } as const;

const steps: Step[] = [
  { verb: "create", name: "looking for leftovers", target: list, place: 1 },
  { verb: "create", name: "POST of the key", target: make, place: 2 },
  { verb: "create", name: "proof of the key", target: prove, place: 3 },
  { verb: "rotate", name: "POST of the new key", target: make, place: 1 },
  { verb: "rotate", name: "proof of the new key", target: prove, place: 2 },
  { verb: "rotate", name: "DELETE of the old key", target: remove, place: 3 },
  { verb: "rotate", name: "looking whether it is gone", target: list, place: 4 },
  { verb: "delete", name: "DELETE of the key", target: remove, place: 1 },
  { verb: "delete", name: "looking whether it is gone", target: list, place: 2 },
];

interface Breakage {
  name: string;
  fault?: Fault;
  /** The fault meets one request, not all of them. */
  isOnce?: true;
  kill?: "before" | "after";
  onlyFor?: Step["target"]["method"];
}

const says = (status: number, error: string) => respond({ status, json: { error } });
const page = respond({ status: 504, html: "<h1>504</h1>", afterWork: true });
const empty = respond({ status: 202, json: { api_key: {} }, afterWork: true });

const breakages: Breakage[] = [
  { name: "401 invalid token", fault: says(401, "Invalid API token.") },
  { name: "401 blocked address", fault: says(401, "Unauthorized IP address: 192.0.2.1") },
  { name: "403", fault: respond({ status: 403 }) },
  { name: "400", fault: says(400, "Bad request.") },
  { name: "404", fault: says(404, "Not found.") },
  { name: "429 for an hour", fault: tooManyRequests({ retryAfterSeconds: 3_600 }) },
  { name: "429 once", fault: tooManyRequests({ retryAfterSeconds: 2 }), isOnce: true },
  { name: "500, not carried out", fault: respond({ status: 500 }) },
  { name: "504 page once, carried out", fault: page, isOnce: true },
  { name: "504 page, carried out", fault: page },
  { name: "cut before it was carried out", fault: cut({ when: "before-work" }) },
  { name: "cut once after it was carried out", fault: cut({ when: "after-work" }), isOnce: true },
  { name: "cut after it was carried out", fault: cut({ when: "after-work" }) },
  { name: "answer cut short", fault: truncate() },
  { name: "answer without a plaintext", fault: empty, onlyFor: "POST" },
  { name: "key that never works", fault: deadKey(), onlyFor: "POST" },
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

/** @param every plays only each n-th case */
export async function playMatrix(door: Door = "dynamic provider", every = 1): Promise<MatrixRow[]> {
  const cases = steps.flatMap((step) =>
    breakages
      .filter(({ onlyFor = step.target.method }) => onlyFor === step.target.method)
      .flatMap((breakage) => [
        { step, breakage, naming: "automatic" as const },
        { step, breakage, naming: "exact" as const },
      ]),
  );
  const rows: MatrixRow[] = [];
  for (const each of cases.filter((_, at) => at % every === 0)) rows.push(await play(each, door));
  return rows;
}

interface Case {
  step: Step;
  breakage: Breakage;
  naming: MatrixRow["naming"];
}

async function play({ step, breakage, naming }: Case, door: Door): Promise<MatrixRow> {
  await using scene = await startMiniatureScene({ door });
  const { vultr, clock, userId, stack, observed, up } = scene;
  const key = (rotationTrigger: number): Program =>
    programOf({ key: { userId, rotationTrigger, ...(naming === "exact" && { name: "ci" }) } });
  if (step.verb !== "create") await up(key(1));
  const oldId = stack.records[0]?.state.keyId;
  const wanted = step.verb === "delete" ? programOf({}) : key(2);

  const { fault, isOnce, kill } = breakage;
  if (fault) vultr.inject({ ...fault, ...step.target, count: isOnce === true ? 1 : Infinity });
  const broken = await up(wanted, kill && { dieAt: { request: step.place, when: kill } });
  const unknown = unknownKeys(observed);
  const isOldLive = vultr.liveKeys().some(({ id }) => id === oldId);
  const isNewProven = stack.records.some(
    ({ state }) => state.keyId !== oldId && state.isUnproven !== true,
  );
  const found = { result: resultOf(broken), live: describeLive(), state: describeState() };

  vultr.clearFaults();
  clock.advance(3_600_000);
  const sentBefore = vultr.requests.length;
  const next = await up(wanted);
  const methods = vultr.requests.slice(sentBefore).map(({ method }) => method);
  const known = new Set(stack.records.map(({ state }) => state.keyId));
  const isConverged = next.error === undefined && known.size === wanted.keys.length;
  const isLeft = unknownKeys(observed).length > 0;
  return {
    verb: step.verb,
    step: step.name,
    breakage: breakage.name,
    naming,
    ...found,
    nextRun: isConverged ? describeNext(methods, next.printed) : "does not converge",
    lost: (!broken.died && unknown.length > 0) || isLeft || !isConverged,
    duplicate: vultr.liveKeys().filter(({ id }) => known.has(id)).length !== known.size,
    revokedEarly: step.verb === "rotate" && !isOldLive && !isNewProven,
  };

  function describeLive(): string {
    const recorded = new Set(stack.records.map(({ state }) => state.keyId));
    const words = vultr.liveKeys().map(({ id }) => {
      if (id === oldId) return "old";
      if (recorded.has(id)) return "new";
      return unknown.some((other) => other.id === id) ? "1 unrecorded" : "1 named in the error";
    });
    return words.join(" + ") || "none";
  }

  function describeState(): string {
    const words = stack.records.toReversed().map(({ state, isPendingDeletion, isUnfinished }) => {
      if (isPendingDeletion) return "old pending deletion";
      const unproven = isUnfinished ? " (unproven)" : "";
      return `${state.keyId === oldId ? "old" : "new"}${unproven}`;
    });
    return words.join(", ") || "nothing";
  }
}

function resultOf({ died, error }: RunResult): string {
  if (died) return "is killed";
  return error === undefined ? "succeeds" : "fails";
}

/** @param methods of the requests that the next run sent */
function describeNext(methods: readonly string[], printed: readonly string[]): string {
  const done = [
    methods.includes("POST") && "makes the key",
    methods.includes("DELETE") && "deletes the old key",
    printed.some((text) => /^(note: )?user/.test(text)) && "names the leftover",
  ];
  return done.filter((each) => each !== false).join(", ") || "nothing left to do";
}
