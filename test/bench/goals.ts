/** The goals of the project, each with what this run says of it. */
import type { Operation } from "./life";
import { type Figure, figuresOf } from "./figures";
import { growthOf } from "./growth";
import { compared, type Measured, sorted } from "./measured";
import { medianOf } from "./median";
import type { Results } from "./results";
import { describeWorkload } from "./workload";

export interface Goal {
  figure: string;
  goal: string;
  /** What was measured, a line each, the farthest from the goal first. */
  measured: Measured[];
}

interface Limit {
  of: (figure: Figure) => number | undefined;
  most: number;
  show: (value: number) => string;
}

const megabyte = 1e6;
const times = (value: number) => `${value.toFixed(2)} ×`;
const whole = (value: number) => value.toFixed(0);
const requests = (value: number) => `${whole(value)} requests`;
const throttled: Limit = { of: (figure) => figure.throttled, most: 0, show: (n) => `${n} × 429` };

export function goalsOf(results: Results): Goal[] {
  const figures = figuresOf(results).filter(({ subject }) => subject === "ours");
  const over = (
    operations: Operation[],
    limits: Limit[],
    isMeant: (figure: Figure) => boolean = () => true,
  ) =>
    sorted(
      figures
        .filter((figure) => operations.includes(figure.operation) && isMeant(figure))
        .flatMap((figure) => limits.flatMap((limit) => judged(figure, limit))),
    );
  const engine = (most: number): Limit => ({ of: (f) => f.overEngineFloor, most, show: times });
  const larger: Limit = { of: (f) => f.overLargerFloor, most: 1.1, show: times };
  const count = (most: number): Limit => ({ of: (f) => f.requests, most, show: requests });
  return [
    {
      figure: "preview, no-op up",
      goal: "≤ 1.05 × engine floor, 0 requests",
      measured: over(["preview", "no-op up"], [engine(1.05), count(0)]),
    },
    {
      figure: "refresh of 1,000 keys of 10 users",
      goal: "≤ 1.10 × engine floor, ≤ 20 requests",
      measured: over(["refresh"], [engine(1.1), count(20)], isThousand),
    },
    {
      figure: "create, rotate, destroy, 30 and 300 keys",
      goal: "≤ 1.10 × the larger floor, 0 answers of 429",
      measured: over(["create", "rotate", "destroy"], [larger, throttled], ({ workload }) =>
        [30, 300].includes(workload.keys),
      ),
    },
    {
      figure: "requests per rotation with verify",
      goal: "≤ 3.2, look-ups and confirmations included",
      measured: sorted([...rotationsOf(figures), ...countedRotations(results)]),
    },
    {
      figure: "loading `./provider` until the first check is answered",
      goal: "≤ 60 ms over the no-op provider",
      measured: startsOf(results),
    },
    {
      figure: "memory of the provider process, 1,000 keys",
      goal: "≤ 40 MB over the no-op provider",
      measured: over(
        ["create", "no-op up", "refresh", "preview"],
        [{ of: (f) => f.providerExtraBytes, most: 40 * megabyte, show: megabytes }],
        isThousand,
      ),
    },
    {
      figure: "state per key",
      goal: "≤ 1.5 KB, at least 3 × smaller than the textbook's",
      measured: stateOf(results),
    },
    {
      figure: "growth",
      goal: "linear in keys wherever the engine's floor is",
      measured: sorted(growthOf(figuresOf(results))),
    },
  ];
}

const isThousand = ({ workload }: Figure) => workload.keys === 1_000;
const megabytes = (bytes: number) => `${(bytes / megabyte).toFixed(0)} MB`;

function judged(figure: Figure, { of, most, show }: Limit): Measured[] {
  const value = of(figure);
  if (value === undefined) return [];
  return [compared(`${figure.operation}, ${describeWorkload(figure.workload)}`, value, most, show)];
}

const mostPerRotation = 3.2;
const perRotation = (value: number) => value.toFixed(2);

function rotationsOf(figures: Figure[]): Measured[] {
  return figures
    .filter(({ operation, workload }) => operation === "rotate" && workload.keys > 1)
    .map(({ workload, requests: sent }) =>
      compared(describeWorkload(workload), sent / workload.keys, mostPerRotation, perRotation),
    );
}

function countedRotations({ rotations }: Results): Measured[] {
  return rotations.map(({ workload, flags, requestsPerRotation }) =>
    compared(
      [describeWorkload(workload), ...flags].join(" "),
      requestsPerRotation,
      mostPerRotation,
      perRotation,
    ),
  );
}

function startsOf({ starts }: Results): Measured[] {
  const extraMs = medianOf(starts.map(({ oursMs, floorMs }) => oursMs - floorMs));
  if (extraMs === undefined) return [];
  return [compared("fresh processes", extraMs, 60, (ms) => `${ms.toFixed(1)} ms`)];
}

function stateOf({ lives }: Results): Measured[] {
  const bytesOf = (wanted: string) =>
    medianOf(
      lives.filter(({ subject }) => subject === wanted).map((life) => life.state?.bytesPerKey),
    );
  const [ours, textbook] = [bytesOf("ours"), bytesOf("textbook")];
  if (ours === undefined) return [];
  const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(2)} KB`;
  const size = compared("compact JSON", ours, 1_500, kilobytes);
  if (textbook === undefined) return [size];
  const smaller = compared("smaller than the textbook's", 3, textbook / ours, () =>
    times(textbook / ours),
  );
  return [size, smaller];
}
