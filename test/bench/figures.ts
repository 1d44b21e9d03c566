/** From turns to figures: medians, and ratios to the floors of the same repetition. */
import { apiFloorMs, requestsNeeded } from "./api-floor";
import { type Life, type Operation, operations } from "./life";
import { median, medianOf } from "./median";
import type { Results, Turn } from "./results";
import type { Cost } from "./stack";
import type { Subject } from "./subject";
import { describeWorkload, type Workload } from "./workload";

/** What one operation costs one subject, over all repetitions. */
export interface Figure {
  subject: Subject;
  workload: Workload;
  operation: Operation;
  repetitions: number;
  /** Medians over the repetitions. */
  wallMs: number;
  requests: number;
  /** Answers of 429 in all repetitions together. */
  throttled: number;
  requestsNeeded: number;
  apiFloorMs: number;
  /** Undefined where the floor was not measured. */
  engineFloorMs?: number;
  /** Medians of the ratios that each repetition had. */
  overEngineFloor?: number;
  overLargerFloor?: number;
  /** Medians, from the start of the CLI. */
  firstRequestMs?: number;
  lastRequestMs?: number;
  providerPeakBytes?: number;
  /** How much more than the floor's provider process took. */
  providerExtraBytes?: number;
}

export function figuresOf({ lives, large }: Results): Figure[] {
  const turns = [...lives, ...large];
  const groups = new Map<string, Turn<Life>[]>();
  for (const turn of turns) {
    const key = keyOf(turn.subject, turn.workload);
    groups.set(key, [...(groups.get(key) ?? []), turn]);
  }
  return [...groups.values()].flatMap((group) =>
    operations.flatMap((operation) => figureOf(operation, group, turns)),
  );
}

const keyOf = (subject: Subject, workload: Workload) => `${subject} ${describeWorkload(workload)}`;

function figureOf(operation: Operation, group: Turn<Life>[], all: Turn<Life>[]): Figure[] {
  const [first] = group;
  const measured = group.flatMap((turn) => {
    const cost = turn.costs[operation];
    return cost === undefined ? [] : [{ cost, floor: floorOf(operation, turn, all) }];
  });
  if (first === undefined || measured.length === 0) return [];
  const { subject, workload } = first;
  const apiMs = apiFloorMs(operation, workload);
  const costs = measured.map(({ cost }) => cost);
  const ratios = (over: (floorMs: number) => number) =>
    medianOf(measured.map(({ cost, floor }) => floor && cost.wallMs / over(floor.wallMs)));
  return [
    {
      subject,
      workload,
      operation,
      repetitions: costs.length,
      wallMs: median(costs.map((cost) => cost.wallMs)),
      requests: median(costs.map((cost) => cost.requests)),
      throttled: costs.reduce((sum, cost) => sum + cost.throttled, 0),
      requestsNeeded: requestsNeeded(operation, workload),
      apiFloorMs: apiMs,
      ...definedOnly({
        engineFloorMs: medianOf(measured.map(({ floor }) => floor?.wallMs)),
        overEngineFloor: ratios((floorMs) => floorMs),
        overLargerFloor: ratios((floorMs) => Math.max(floorMs, apiMs)),
        firstRequestMs: medianOf(costs.map((cost) => cost.firstRequestMs)),
        lastRequestMs: medianOf(costs.map((cost) => cost.lastRequestMs)),
        providerPeakBytes: medianOf(costs.map((cost) => cost.providerPeakBytes)),
        providerExtraBytes: medianOf(measured.map(({ cost, floor }) => extraBytes(cost, floor))),
      }),
    },
  ];
}

/** What the floor cost in the same repetition, whoever its keys belong to. */
function floorOf(operation: Operation, turn: Turn<Life>, all: Turn<Life>[]): Cost | undefined {
  const same = all.find(
    ({ subject, workload, repetition }) =>
      subject === "floor" && workload.keys === turn.workload.keys && repetition === turn.repetition,
  );
  return same?.costs[operation];
}

function extraBytes(cost: Cost, floor: Cost | undefined): number | undefined {
  if (cost.providerPeakBytes === undefined || floor?.providerPeakBytes === undefined)
    return undefined;
  return cost.providerPeakBytes - floor.providerPeakBytes;
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function definedOnly<T extends object>(value: T): Defined<T> {
  const known = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(known) as Defined<T>;
}
