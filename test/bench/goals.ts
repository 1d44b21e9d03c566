/** The goals of the project, each with what a run says of it. */
import { type Figure, figuresOf, median } from "./floors";
import type { Operation, Results } from "./measure";
import type { Contestant, Workload } from "./stack";

/** One measurement held against the limit of a goal. */
export interface Measured {
  what: string;
  value: string;
  isMet: boolean;
  /** How far beyond the limit, as a share of it; negative within. */
  beyond: number;
}

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
export function goalsOf(
  results: Pick<Results, "samples" | "starts" | "states">,
): [string, string, Measured[]][] {
  const all = figuresOf(results.samples);
  const ours = all.filter(({ subject, flags }) => subject === "ours" && flags.length === 0);
  const figures = (operations: Operation[], sizes?: number[]) =>
    ours.filter(
      ({ operation, keys }) => operations.includes(operation) && (sizes?.includes(keys) ?? true),
    );
  const nameOf = (figure: Figure) => `${figure.operation}, ${describeWorkload(figure)}`;
  const overEngine = (most: number, mostRequests: number) => (figure: Figure) => [
    ...compared(nameOf(figure), figure.overEngineFloor, most, times),
    ...compared(nameOf(figure), figure.requests, mostRequests, (n) => `${n.toFixed(0)} requests`),
  ];
  const goals: [string, string, Measured[]][] = [
    [
      "preview, no-op up",
      "≤ 1.05 × engine floor, 0 requests",
      figures(["preview", "no-op up"]).flatMap(overEngine(1.05, 0)),
    ],
    [
      "refresh of 1,000 keys of 10 users",
      "≤ 1.10 × engine floor, ≤ 20 requests",
      figures(["refresh"], [1_000]).flatMap(overEngine(1.1, 20)),
    ],
    [
      "create, rotate, destroy, 30 and 300 keys",
      "≤ 1.10 × the larger floor, 0 answers of 429",
      figures(["create", "rotate", "destroy"], [30, 300]).flatMap((figure) => [
        ...compared(nameOf(figure), figure.overLargerFloor, 1.1, times),
        ...compared(nameOf(figure), figure.throttled, 0, (n) => `${n} × 429`),
      ]),
    ],
    [
      "requests per rotation with verify",
      "≤ 3.2, look-ups and confirmations included",
      all
        .filter((each) => each.subject === "ours" && each.operation === "rotate" && each.keys > 1)
        .flatMap((each) =>
          compared(
            [describeWorkload(each), ...each.flags].join(" "),
            each.requests / each.keys,
            3.2,
            (n) => n.toFixed(2),
          ),
        ),
    ],
    [
      "loading `./provider` until the first check is answered",
      "≤ 60 ms over the no-op provider",
      compared(
        "fresh processes",
        median(results.starts.map(({ oursMs, floorMs }) => oursMs - floorMs)),
        60,
        (ms) => `${ms.toFixed(1)} ms`,
      ),
    ],
    [
      "memory of the provider process, 1,000 keys",
      "≤ 40 MB over the no-op provider",
      figures(["create", "no-op up", "refresh", "preview"], [1_000]).flatMap((figure) =>
        compared(
          nameOf(figure),
          figure.providerExtraBytes,
          40e6,
          (bytes) => `${(bytes / 1e6).toFixed(0)} MB`,
        ),
      ),
    ],
    ["state per key", "≤ 1.5 KB, at least 3 × smaller than the textbook's", stateOf(results)],
    ["growth", "linear in keys wherever the engine's floor is", growthOf(all)],
  ];
  for (const [, , measured] of goals) measured.sort((a, b) => b.beyond - a.beyond);
  return goals;
}

/** `300 keys, 10 users`. */
export function describeWorkload({ keys, users }: Workload): string {
  const count = (number: number, what: string) =>
    `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
  return `${count(keys, "key")}, ${count(users, "user")}`;
}

const times = (value: number) => `${value.toFixed(2)} ×`;

function stateOf({ states }: Pick<Results, "states">): Measured[] {
  const bytesOf = (wanted: string) =>
    median(states.filter(({ subject }) => subject === wanted).map((each) => each.bytesPerKey));
  const [ours, textbook] = [bytesOf("ours"), bytesOf("textbook")];
  const size = compared("compact JSON", ours, 1_500, (bytes) => `${(bytes / 1e3).toFixed(2)} KB`);
  if (ours === undefined || textbook === undefined) return size;
  const smaller = textbook / ours;
  return [...size, ...compared("smaller than the textbook's", 3, smaller, () => times(smaller))];
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
