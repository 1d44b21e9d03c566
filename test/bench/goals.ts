/** The goals of the project, each with what a run says of it. */
import { type Figure, figuresOf } from "./floors";
import type { Operation, Sample } from "./measure";
import { describeWorkload } from "./stack";

interface Goal {
  figure: string;
  goal: string;
  /** What is measured for it: runs of this package, with no flags of their own unless the goal says so. */
  of: { operations: Operation[]; sizes?: number[]; withFlags?: boolean };
  limits: Limit[];
}

/** A value that each figure has, the most that it may be, and how it is written. */
type Limit = [
  of: (figure: Figure) => number | undefined,
  most: number,
  written: (value: number) => string,
];

const times = (value: number) => `${value.toFixed(2)} ×`;
const overEngine = (most: number): Limit => [(each) => each.overEngineFloor, most, times];
const requests = (most: number): Limit => [(each) => each.requests, most, (n) => `${n} requests`];

const goals: Goal[] = [
  {
    figure: "preview, no-op up",
    goal: "≤ 1.05 × engine floor, 0 requests",
    of: { operations: ["preview", "no-op up"] },
    limits: [overEngine(1.05), requests(0)],
  },
  {
    figure: "refresh of 1,000 keys of 10 users",
    goal: "≤ 1.10 × engine floor, ≤ 20 requests",
    of: { operations: ["refresh"], sizes: [1_000] },
    limits: [overEngine(1.1), requests(20)],
  },
  {
    figure: "create, rotate, destroy, 30 and 300 keys",
    goal: "≤ 1.10 × the larger floor, 0 answers of 429",
    of: { operations: ["create", "rotate", "destroy"], sizes: [30, 300] },
    limits: [
      [(each) => each.overLargerFloor, 1.1, times],
      [(each) => each.throttled, 0, (n) => `${n} × 429`],
    ],
  },
  {
    figure: "requests per rotation with verify",
    goal: "≤ 3.2, look-ups and confirmations included",
    of: { operations: ["rotate"], sizes: [30, 90, 300], withFlags: true },
    limits: [[(each) => each.requests / each.keys, 3.2, (n) => n.toFixed(2)]],
  },
  {
    figure: "memory of the provider process, 1,000 keys",
    goal: "≤ 40 MB over the no-op provider",
    of: { operations: ["create", "no-op up", "refresh", "preview"], sizes: [1_000] },
    limits: [[(each) => each.providerExtraBytes, 40e6, (n) => `${(n / 1e6).toFixed(0)} MB`]],
  },
  {
    figure: "state per key",
    goal: "≤ 1.5 KB, at most a third of the textbook's",
    of: { operations: ["create"] },
    limits: [
      [(each) => each.bytesPerKey, 1_500, (n) => `${(n / 1e3).toFixed(2)} KB`],
      [(each) => each.overTextbookBytes, 1 / 3, (n) => `${(100 * n).toFixed(0)}%`],
    ],
  },
];

/** One measurement held against the limit of a goal. */
export interface Measured {
  what: string;
  value: string;
  isMet: boolean;
  /** How far beyond the limit, as a share of it; negative within. */
  beyond: number;
}

/** Each goal with what was measured, the farthest from the limit first; nothing if nothing was. */
export function goalsOf(samples: readonly Sample[]): (Goal & { measured: Measured[] })[] {
  const ours = figuresOf(samples).filter(({ subject }) => subject === "ours");
  return goals.map((goal) => {
    const { operations, sizes, withFlags = false } = goal.of;
    const measured = ours
      .filter((each) => operations.includes(each.operation) && (withFlags || !each.flags.length))
      .filter((each) => sizes?.includes(each.keys) ?? true)
      .flatMap((each) =>
        goal.limits.flatMap(([of, most, written]): Measured[] => {
          const value = of(each);
          if (value === undefined) return [];
          const what = [each.operation, ...each.flags, describeWorkload(each)].join(", ");
          const beyond = most === 0 ? value : value / most - 1;
          return [{ what, value: written(value), isMet: value <= most, beyond }];
        }),
      );
    return { ...goal, measured: measured.sort((a, b) => b.beyond - a.beyond) };
  });
}
