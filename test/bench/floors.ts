/** From samples to figures: medians, and ratios to the floors of the engine and of the API. */
import { type Operation, operations, type Sample } from "./measure";
import type { Workload } from "./stack";

const requestsPerSecond = 30;

/**
 * The fewest requests with which every promise can be kept. A key takes a POST to make, a GET to
 * prove, a DELETE to revoke; a user takes one list: of what is left of an interrupted run before keys
 * are made, of what is gone after keys are revoked, of what is there at a refresh.
 */
export function requestsNeeded(operation: Operation, { keys, users }: Workload): number {
  if (operation === "preview" || operation === "no-op up") return 0;
  const ofKey = { create: 2, rotate: 3, refresh: 0, destroy: 1 };
  return ofKey[operation] * keys + Math.min(users, keys);
}

/** What these requests take at Vultr's limit, were everything else free. */
export function apiFloorMs(operation: Operation, workload: Workload): number {
  return (requestsNeeded(operation, workload) / requestsPerSecond) * 1_000;
}

/** What one operation costs one contestant: medians over all runs, if nothing else is said. */
export type Figure = ReturnType<typeof figureOf>;

export function figuresOf(samples: readonly Sample[]): Figure[] {
  const nameOf = ({ subject, keys, users, flags }: Sample) =>
    [subject, keys, users, ...flags].join(" ");
  return [...new Set(samples.map(nameOf))].flatMap((name) =>
    operations.flatMap((operation) => {
      const runs = samples.filter((each) => nameOf(each) === name && each.operation === operation);
      return runs[0] === undefined ? [] : [figureOf(runs[0], runs, samples)];
    }),
  );
}

function figureOf(of: Sample, runs: readonly Sample[], all: readonly Sample[]) {
  const { subject, keys, users, operation, flags } = of;
  const apiMs = apiFloorMs(operation, of);
  /** What another did in the same turn, whoever its keys belong to. */
  const beside = (run: Sample, other: Sample["subject"]) =>
    all.find(
      (each) =>
        [each.subject, each.turn, each.operation, each.keys].join() ===
        [other, run.turn, operation, keys].join(),
    );
  const pairs = runs.map((run) => [run, beside(run, "floor"), beside(run, "textbook")] as const);
  const medianOf = (value: (...pair: (typeof pairs)[number]) => number | undefined) =>
    median(pairs.map((pair) => value(...pair)));
  const ratio = (of: number | undefined, to: number | undefined) => of && to && of / to;
  return {
    ...{ subject, keys, users, operation, flags, runs: runs.length },
    wallMs: medianOf((run) => run.wallMs) ?? NaN,
    requests: medianOf((run) => run.requests) ?? NaN,
    /** In all runs together. */
    throttled: runs.reduce((sum, { throttled }) => sum + throttled, 0),
    requestsNeeded: requestsNeeded(operation, of),
    apiFloorMs: apiMs,
    /** Undefined, as are ratios to it, if the floor was not measured. */
    engineFloorMs: medianOf((_, floor) => floor?.wallMs),
    overEngineFloor: medianOf((run, floor) => ratio(run.wallMs, floor?.wallMs)),
    overLargerFloor: medianOf((run, floor) =>
      ratio(run.wallMs, floor && Math.max(floor.wallMs, apiMs)),
    ),
    /** The floors follow one another: nothing can be asked before the engine has started. */
    overBothFloors: medianOf(({ wallMs, firstRequestMs = 0 }, floor) =>
      ratio(wallMs, floor && Math.max(floor.wallMs, firstRequestMs + apiMs)),
    ),
    firstRequestMs: medianOf((run) => run.firstRequestMs),
    /** How much more than the floor's provider process took at its peak. */
    providerExtraBytes: medianOf(
      ({ providerPeakBytes: bytes }, floor) =>
        bytes && floor?.providerPeakBytes && bytes - floor.providerPeakBytes,
    ),
    bytesPerKey: medianOf((run) => run.bytesPerKey),
    overTextbookBytes: medianOf((run, _, textbook) =>
      ratio(run.bytesPerKey, textbook?.bytesPerKey),
    ),
  };
}

/** The middle of the numbers that are known; of two middles, what lies between them. */
export function median(numbers: readonly (number | undefined)[]): number | undefined {
  const sorted = numbers.filter((number) => number !== undefined).sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}
