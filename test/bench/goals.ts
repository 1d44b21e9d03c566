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

/** How a value is written: with so many digits, in a unit. */
const shown =
  (digits: number, unit: string, scale = 1) =>
  (value: number) =>
    `${(value / scale).toFixed(digits)}${unit}`;
const [times, ms, plain] = [shown(2, " ×"), shown(1, " ms"), shown(2, "")];
const [requests, throttled] = [shown(0, " requests"), shown(0, " × 429")];
const [kilobytes, megabytes] = [shown(2, " KB", 1e3), shown(0, " MB", 1e6)];

/** @param most the limit; as much is still within */
function compared(
  what: string,
  value: number | undefined,
  most: number,
  show: (value: number) => string,
): Measured[] {
  if (value === undefined) return [];
  const beyond = most === 0 ? value : value / most - 1;
  return [{ what, value: show(value), isMet: value <= most, beyond }];
}

/** Figure, goal, and what was measured: the farthest from the goal first, nothing where nothing was. */
export function goalsOf({
  samples,
  starts,
  states,
}: Pick<Results, "samples" | "starts" | "states">): [string, string, Measured[]][] {
  const all = figuresOf(samples);
  const nameOf = (figure: Figure) => `${figure.operation}, ${describeWorkload(figure)}`;
  const ours = (asked: Operation[], judge: (figure: Figure) => Measured[], sizes?: number[]) =>
    all
      .filter(({ subject, flags }) => subject === "ours" && flags.length === 0)
      .filter(({ operation, keys }) => asked.includes(operation) && (sizes?.includes(keys) ?? true))
      .flatMap(judge);
  const overEngine = (most: number, mostRequests: number) => (figure: Figure) => [
    ...compared(nameOf(figure), figure.overEngineFloor, most, times),
    ...compared(nameOf(figure), figure.requests, mostRequests, requests),
  ];
  const overLarger = (figure: Figure) => [
    ...compared(nameOf(figure), figure.overLargerFloor, 1.1, times),
    ...compared(nameOf(figure), figure.throttled, 0, throttled),
  ];
  const memory = (figure: Figure) =>
    compared(nameOf(figure), figure.providerExtraBytes, 40e6, megabytes);
  const rotations = all
    .filter((each) => each.subject === "ours" && each.operation === "rotate" && each.keys > 1)
    .flatMap((each) => {
      const what = [describeWorkload(each), ...each.flags].join(" ");
      return compared(what, each.requests / each.keys, 3.2, plain);
    });
  const startMs = median(starts.map(({ oursMs, floorMs }) => oursMs - floorMs));
  const bytesOf = (wanted: Contestant["subject"]) =>
    median(states.filter(({ subject }) => subject === wanted).map((each) => each.bytesPerKey));
  const [bytes, textbookBytes] = [bytesOf("ours"), bytesOf("textbook")];
  const share = bytes && textbookBytes && bytes / textbookBytes;
  const state = [
    ...compared("compact JSON", bytes, 1_500, kilobytes),
    ...compared("smaller than the textbook's", share, 1 / 3, (less) => times(1 / less)),
  ];
  const goals: [string, string, Measured[]][] = [
    [
      "preview, no-op up",
      "≤ 1.05 × engine floor, 0 requests",
      ours(["preview", "no-op up"], overEngine(1.05, 0)),
    ],
    [
      "refresh of 1,000 keys of 10 users",
      "≤ 1.10 × engine floor, ≤ 20 requests",
      ours(["refresh"], overEngine(1.1, 20), [1_000]),
    ],
    [
      "create, rotate, destroy, 30 and 300 keys",
      "≤ 1.10 × the larger floor, 0 answers of 429",
      ours(["create", "rotate", "destroy"], overLarger, [30, 300]),
    ],
    ["requests per rotation with verify", "≤ 3.2, look-ups and confirmations included", rotations],
    [
      "loading `./provider` until the first check is answered",
      "≤ 60 ms over the no-op provider",
      compared("fresh processes", startMs, 60, ms),
    ],
    [
      "memory of the provider process, 1,000 keys",
      "≤ 40 MB over the no-op provider",
      ours(["create", "no-op up", "refresh", "preview"], memory, [1_000]),
    ],
    ["state per key", "≤ 1.5 KB, at least 3 × smaller than the textbook's", state],
    ["growth", "linear in keys wherever the engine's floor is", growthOf(all)],
  ];
  for (const [, , measured] of goals) measured.sort((a, b) => b.beyond - a.beyond);
  return goals;
}

/**
 * The exponent with which the time beyond that of one key grows from 30 to 300 keys: 1 is linear. Where
 * the floor's own is larger, the floor's is the limit. A tenth is left for noise.
 */
function growthOf(figures: Figure[]): Measured[] {
  const exponent = (subject: Contestant["subject"], operation: Operation, most: number) => {
    const of = figures.filter((each) => each.subject === subject && each.operation === operation);
    const [one, some, many] = [1, 30, 300].map((keys) =>
      of.find((each) => each.keys === keys && each.users === Math.min(keys, most)),
    );
    if (!one || !some || !many || some.wallMs <= one.wallMs) return undefined;
    const ratio = (many.wallMs - one.wallMs) / (some.wallMs - one.wallMs);
    return Math.log(ratio) / Math.log(299 / 29);
  };
  return (["create", "rotate", "refresh", "destroy"] as const).flatMap((operation) => {
    const [ours, floor] = [exponent("ours", operation, 10), exponent("floor", operation, 1)];
    if (ours === undefined || floor === undefined) return [];
    const show = () => `keys^${ours.toFixed(2)}, the floor keys^${floor.toFixed(2)}`;
    return compared(operation, ours, Math.max(1, floor) + 0.1, show);
  });
}
