/** The goals of the project, each with what a run says of it. */
import { type Figure, figuresOf, median } from "./floors";
import type { Operation, Results } from "./measure";
import { type Contestant, describeWorkload } from "./stack";

/** One measurement held against the limit of a goal. */
export interface Measured {
  what: string;
  value: string;
  isMet: boolean;
  /** How far beyond the limit, as a share of it; negative within. */
  beyond: number;
}

/** @param most the limit; as much is still within. @param unit with its digits and divisor */
function compared(
  what: string,
  value: number | undefined,
  most: number,
  unit: string,
  { digits = 2, per = 1 } = {},
): Measured[] {
  if (value === undefined) return [];
  const beyond = most === 0 ? value : value / most - 1;
  const shown = `${(value / per).toFixed(digits)}${unit}`;
  return [{ what, value: shown, isMet: value <= most, beyond }];
}

/** Figure, goal, and what was measured: the farthest from the goal first, nothing if nothing was. */
export function goalsOf({
  samples,
  starts,
  states,
}: Pick<Results, "samples" | "starts" | "states">): [string, string, Measured[]][] {
  const all = figuresOf(samples);
  const nameOf = ({ operation, flags, ...workload }: Figure) =>
    [operation, ...flags, describeWorkload(workload)].join(", ");
  const ours = (asked: Operation[], sizes?: number[]) =>
    all.filter(
      ({ subject, flags, operation, keys }) =>
        subject === "ours" &&
        flags.length === 0 &&
        asked.includes(operation) &&
        (sizes?.includes(keys) ?? true),
    );
  const overEngine = (most: number, mostRequests: number) => (each: Figure) => [
    ...compared(nameOf(each), each.overEngineFloor, most, " ×"),
    ...compared(nameOf(each), each.requests, mostRequests, " requests", { digits: 0 }),
  ];
  const overLarger = (each: Figure) => [
    ...compared(nameOf(each), each.overLargerFloor, 1.1, " ×"),
    ...compared(nameOf(each), each.throttled, 0, " × 429", { digits: 0 }),
  ];
  const rotations = all.filter(
    ({ subject, operation, keys }) => subject === "ours" && operation === "rotate" && keys > 1,
  );
  const memory = { digits: 0, per: 1e6 };
  const startMs = median(starts.map(({ oursMs, floorMs }) => oursMs - floorMs));
  const bytesOf = (wanted: Contestant["subject"]) =>
    median(states.filter(({ subject }) => subject === wanted).map((each) => each.bytesPerKey));
  const [bytes, textbookBytes] = [bytesOf("ours"), bytesOf("textbook")];
  const share = bytes && textbookBytes && (100 * bytes) / textbookBytes;
  const goals: [string, string, Measured[]][] = [
    [
      "preview, no-op up",
      "≤ 1.05 × engine floor, 0 requests",
      ours(["preview", "no-op up"]).flatMap(overEngine(1.05, 0)),
    ],
    [
      "refresh of 1,000 keys of 10 users",
      "≤ 1.10 × engine floor, ≤ 20 requests",
      ours(["refresh"], [1_000]).flatMap(overEngine(1.1, 20)),
    ],
    [
      "create, rotate, destroy, 30 and 300 keys",
      "≤ 1.10 × the larger floor, 0 answers of 429",
      ours(["create", "rotate", "destroy"], [30, 300]).flatMap(overLarger),
    ],
    [
      "requests per rotation with verify",
      "≤ 3.2, look-ups and confirmations included",
      rotations.flatMap((each) => compared(nameOf(each), each.requests / each.keys, 3.2, "")),
    ],
    [
      "loading `./provider` until the first check is answered",
      "≤ 60 ms over the no-op provider",
      compared("fresh processes", startMs, 60, " ms", { digits: 1 }),
    ],
    [
      "memory of the provider process, 1,000 keys",
      "≤ 40 MB over the no-op provider",
      ours(["create", "no-op up", "refresh", "preview"], [1_000]).flatMap((each) =>
        compared(nameOf(each), each.providerExtraBytes, 40e6, " MB", memory),
      ),
    ],
    [
      "state per key",
      "≤ 1.5 KB, at most a third of the textbook's",
      [
        ...compared("compact JSON", bytes, 1_500, " KB", { per: 1e3 }),
        ...compared("of the textbook's", share, 100 / 3, "%", { digits: 0 }),
      ],
    ],
    ["growth: a key among 300 over a key among 30", "linear if the floor is", growthOf(all)],
  ];
  for (const [, , measured] of goals) measured.sort((a, b) => b.beyond - a.beyond);
  return goals;
}

/**
 * What a key among 300 adds to the time, over what a key among 30 adds: 1 if the time grows linearly. If
 * the floor grows faster, the floor is the limit. A quarter is left for noise.
 */
function growthOf(figures: Figure[]): Measured[] {
  const growth = (subject: Contestant["subject"], operation: Operation, users: number) => {
    const msOf = (keys: number) =>
      figures.find(
        (each) =>
          [each.subject, each.operation, each.keys].join() === [subject, operation, keys].join() &&
          each.users === Math.min(keys, users),
      )?.wallMs ?? NaN;
    const [one, some, many] = [msOf(1), msOf(30), msOf(300)];
    return (many - some) / 270 / ((some - one) / 29);
  };
  return (["create", "rotate", "refresh", "destroy"] as const).flatMap((operation) => {
    const [ours, floor] = [growth("ours", operation, 10), growth("floor", operation, 1)];
    // Not measured, or lost in noise.
    if (!(ours > 0 && floor > 0)) return [];
    const what = `${operation}; the floor's is ${floor.toFixed(2)}`;
    return compared(what, ours, 1.25 * Math.max(1, floor), "");
  });
}
