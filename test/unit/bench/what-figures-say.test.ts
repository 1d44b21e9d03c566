import { requestsNeeded } from "../../bench/api-floor";
import { figuresOf } from "../../bench/figures";
import { goalsOf } from "../../bench/goals";
import type { Life, Operation } from "../../bench/life";
import type { Contestant } from "../../bench/plan";
import type { Results, Turn } from "../../bench/results";
import { timeSection } from "../../bench/time-section";

const contestant = (subject: Contestant["subject"], keys: number, users = 1): Contestant => ({
  subject,
  workload: { keys, users },
});

/** Turns of one contestant whose only operation took so many seconds, a repetition each. */
function turns(
  of: Contestant,
  operation: Operation,
  seconds: number[],
  cost: { requests?: number; throttled?: number; providerPeakBytes?: number } = {},
): Turn<Life>[] {
  return seconds.map((wall, at) => ({
    ...of,
    repetition: at + 1,
    costs: { [operation]: { wallMs: wall * 1_000, requests: 0, throttled: 0, ...cost } },
  }));
}

function results(lives: Turn<Life>[], more: Partial<Results> = {}): Results {
  return {
    plan: "full",
    machine: {
      system: "",
      processor: "",
      cores: 2,
      memoryBytes: 0,
      node: "",
      pulumi: "",
      sdk: "",
      loadBefore: 0,
    },
    tookMinutes: 1,
    rotations: [],
    faults: [],
    large: [],
    starts: [],
    packageSize: { tarballBytes: 0, installedBytes: {} },
    ...more,
    lives,
  };
}

const goal = (found: Results, figure: string) =>
  goalsOf(found).find((each) => each.figure.startsWith(figure))!.measured;

it("a ratio is the median of the ratios of each repetition, not of medians", () => {
  const lives = [
    ...turns(contestant("ours", 30), "preview", [3, 2, 9]),
    ...turns(contestant("floor", 30), "preview", [2, 1, 3]),
  ];
  const [ours] = figuresOf(results(lives));
  expect(ours).toMatchObject({ wallMs: 3_000, engineFloorMs: 2_000, overEngineFloor: 2 });
});

it("the larger floor is the API's where that is larger", () => {
  const lives = [
    ...turns(contestant("ours", 300), "create", [22]),
    ...turns(contestant("floor", 300), "create", [10]),
  ];
  expect(figuresOf(results(lives))[0]).toMatchObject({
    overEngineFloor: 2.2,
    overLargerFloor: 22_000 / ((601 / 30) * 1_000),
  });
});

it.each([
  { engine: 10, limit: "12.17", over: "1.07" }, // the API's floor begins with the first request
  { engine: 13, limit: "13.00", over: "1.00" },
])(
  "of floors that follow one another, the engine's $engine s are the limit or a part of it",
  (row) => {
    const { costs } = turns(contestant("ours", 30), "destroy", [13], { requests: 40 })[0]!;
    const asking = { ...costs.destroy!, firstRequestMs: 11_133, lastRequestMs: 12_900 };
    const lives = [
      { ...contestant("ours", 30), repetition: 1, costs: { destroy: asking } },
      ...turns(contestant("floor", 30), "destroy", [row.engine]),
    ];
    const [line] = /^\| destroy .*$/m.exec(timeSection(figuresOf(results(lives))))!;
    expect(line).toBe(
      `| destroy | 30 keys, 1 user | 11.13 | 1.77 | 1.03 | 0.10 | 13.00 | ${row.limit} | ${row.over} |`,
    );
  },
);

it("a floor of another size is no floor", () => {
  const lives = [
    ...turns(contestant("ours", 300), "refresh", [2]),
    ...turns(contestant("floor", 30), "refresh", [1]),
  ];
  expect(figuresOf(results(lives))[0]).not.toHaveProperty("overEngineFloor");
});

it.each([
  ["preview", 0],
  ["no-op up", 0],
  ["create", 610],
  ["rotate", 910],
  ["refresh", 10],
  ["destroy", 310],
] as const)("%s of 300 keys of 10 users needs %d requests", (operation, requests) => {
  expect(requestsNeeded(operation, { keys: 300, users: 10 })).toBe(requests);
});

describe("a goal is met up to its limit, and missed beyond", () => {
  it.each([
    { seconds: 2.1, isMet: true },
    { seconds: 2.11, isMet: false },
  ])("preview in $seconds s over a floor of 2 s: $isMet", ({ seconds, isMet }) => {
    const lives = [
      ...turns(contestant("ours", 1), "preview", [seconds]),
      ...turns(contestant("floor", 1), "preview", [2]),
    ];
    expect(goal(results(lives), "preview").every((each) => each.isMet)).toBe(isMet);
  });

  it.each([
    { requests: 96, isMet: true },
    { requests: 97, isMet: false },
  ])("$requests requests for 30 rotations: $isMet", ({ requests, isMet }) => {
    const lives = turns(contestant("ours", 30), "rotate", [5], { requests });
    expect(goal(results(lives), "requests per rotation")).toMatchObject([{ isMet }]);
  });

  it("a single answer of 429 misses", () => {
    const lives = [
      ...turns(contestant("ours", 30), "create", [2], { throttled: 1 }),
      ...turns(contestant("floor", 30), "create", [2]),
    ];
    expect(goal(results(lives), "create")).toMatchObject([
      { value: "1 × 429", isMet: false },
      { value: "0.98 ×", isMet: true },
    ]);
  });

  it.each([
    { megabytes: 40, isMet: true },
    { megabytes: 41, isMet: false },
  ])("$megabytes MB more than the no-op provider at 1,000 keys: $isMet", (row) => {
    const bytes = (more: number) => ({ providerPeakBytes: 200e6 + more * 1e6 });
    const large = [
      ...turns(contestant("ours", 1_000, 10), "refresh", [2], bytes(row.megabytes)),
      ...turns(contestant("floor", 1_000), "refresh", [2], bytes(0)),
    ];
    expect(goal(results([], { large }), "memory")).toMatchObject([{ isMet: row.isMet }]);
  });

  it("the state must be small, and much smaller than the textbook's", () => {
    const lives = (["ours", "textbook"] as const).map((subject, at) => ({
      ...contestant(subject, 1),
      repetition: 1,
      costs: {},
      state: { bytesPerKey: [1_500, 4_000][at]!, callStackBytes: 500 },
    }));
    expect(goal(results(lives), "state")).toMatchObject([
      { value: "1.50 KB", isMet: true },
      { value: "2.67 ×", isMet: false },
    ]);
  });

  it("growth with the keys of ten users that is quadratic where the floor is linear misses", () => {
    const grown = (subject: Contestant["subject"], power: number) =>
      [1, 30, 300].flatMap((keys) => {
        const users = subject === "floor" ? 1 : Math.min(keys, 10);
        const seconds = 1 + (keys - 1) ** power / 100;
        return turns(contestant(subject, keys, users), "create", [seconds]);
      });
    const missed = goal(results([...grown("ours", 2), ...grown("floor", 1)]), "growth");
    expect(missed).toMatchObject([{ value: "keys^2.00, the floor keys^1.00", isMet: false }]);
    const met = goal(results([...grown("ours", 2), ...grown("floor", 2)]), "growth");
    expect(met).toMatchObject([{ isMet: true }]);
  });

  it("what was not measured is neither met nor missed", () => {
    for (const { measured } of goalsOf(results([]))) expect(measured).toEqual([]);
  });
});
