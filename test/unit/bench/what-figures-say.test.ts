import { figuresOf, median, requestsNeeded } from "../../bench/floors";
import { goalsOf } from "../../bench/goals";
import type { Operation, Sample } from "../../bench/measure";
import { startsInWords } from "../../bench/start";

/** What an operation of 30 keys of one user cost in so many turns, a duration each. */
function samples(
  subject: Sample["subject"],
  operation: Operation,
  seconds: number[],
  more: Partial<Sample> = {},
): Sample[] {
  return seconds.map((wall, turn) => ({
    ...{ subject, keys: 30, users: 1, operation, flags: [], turn },
    ...{ wallMs: wall * 1_000, requests: 0, throttled: 0 },
    ...{ firstRequestMs: undefined, providerPeakBytes: undefined, bytesPerKey: undefined },
    ...more,
  }));
}

const goal = (figure: string, found: Sample[]) =>
  goalsOf(found).find((each) => each.figure.startsWith(figure))!.measured;

it("a median is the one in the middle, or between the two, of what was measured", () => {
  expect([[9, 1, 3], [10, 9, 1, 4], [undefined, 2], []].map(median)).toEqual([
    3,
    6.5,
    2,
    undefined,
  ]);
});

it.each([
  { pluginMs: [90, 80, 100], ratio: "0.20 of its time, of 3 pairs. Goal: ≤ 0.5. **met**" },
  { pluginMs: [90, 300, 300], ratio: "0.60 of its time, of 3 pairs. Goal: ≤ 0.5. **missed**" },
])("the plugin's start is held against its goal: $ratio", ({ pluginMs, ratio }) => {
  const starts = pluginMs.map((ms, at) => ({ dynamicMs: [400, 500, 500][at]!, pluginMs: ms }));
  expect(startsInWords(starts)).toContain(`dynamic providers after 500 ms: ${ratio}`);
});

it("a ratio is the median of the ratios of each turn, not of medians", () => {
  const ours = samples("ours", "preview", [3, 2, 9]);
  const [figure] = figuresOf([...ours, ...samples("floor", "preview", [2, 1, 3])]);
  expect(figure).toMatchObject({ wallMs: 3_000, engineFloorMs: 2_000, overEngineFloor: 2 });
});

it.each<[string, Partial<Sample>]>([
  ["of another turn", { turn: 7 }],
  ["of another operation", { operation: "rotate" }],
  ["of another size", { keys: 300 }],
  ["of another subject", { subject: "textbook" }],
])("a floor %s is no floor", (_, difference) => {
  const found = [...samples("ours", "create", [2]), ...samples("floor", "create", [1], difference)];
  expect(figuresOf(found)[0]).toMatchObject({ subject: "ours", overEngineFloor: undefined });
});

it("the larger floor is the API's if that is larger; both follow one another", () => {
  const [firstRequestMs, apiMs] = [8_000, (601 / 30) * 1_000];
  const ours = samples("ours", "create", [30], { keys: 300, firstRequestMs });
  const over = (floor: number) =>
    figuresOf([...ours, ...samples("floor", "create", [floor], { keys: 300 })])[0];
  expect(over(10)).toMatchObject({
    overEngineFloor: 3,
    overLargerFloor: 30_000 / apiMs,
    overBothFloors: 30_000 / (firstRequestMs + apiMs),
  });
  expect(over(29)).toMatchObject({ overBothFloors: 30 / 29 });
});

it("300 keys of 10 users need so many requests", () => {
  const operations = ["preview", "no-op up", "create", "rotate", "refresh", "destroy"] as const;
  const needed = operations.map((each) => requestsNeeded(each, { keys: 300, users: 10 }));
  expect(needed).toEqual([0, 0, 610, 910, 10, 310]);
});

describe("a goal is met up to its limit, and missed beyond", () => {
  const flags = ["--parallel", "64"];
  const bytes = (providerPeakBytes: number) => ({ keys: 1_000, providerPeakBytes });
  const beside = (operation: Operation, seconds: number, more: Partial<Sample> = {}) => [
    ...samples("ours", operation, [seconds], more),
    ...samples("floor", operation, [2], { keys: more.keys ?? 30, providerPeakBytes: 200e6 }),
  ];
  it.each<[string, Sample[], string[]]>([
    ["preview", beside("preview", 2.1), []],
    ["preview", [...beside("preview", 2), ...samples("textbook", "preview", [9])], []],
    ["create", [...beside("create", 2), ...samples("ours", "create", [9], { flags })], []],
    ["preview", beside("preview", 2.11), ["1.05 ×"]],
    ["preview", beside("preview", 2, { requests: 1 }), ["1 requests"]],
    ["create", beside("create", 2, { throttled: 1 }), ["1 × 429"]],
    ["requests per rotation", beside("rotate", 5, { requests: 96 }), []],
    ["requests per rotation", beside("rotate", 5, { requests: 97 }), ["3.23"]],
    ["memory", beside("refresh", 2, bytes(240e6)), []],
    ["memory", beside("refresh", 2, bytes(241e6)), ["41 MB"]],
  ])("%s, %#", (figure, found, missed) => {
    const measured = goal(figure, found);
    expect(measured).not.toEqual([]);
    expect(measured.filter(({ isMet }) => !isMet).map(({ value }) => value)).toEqual(missed);
  });

  it("the state must be small, and much smaller than the textbook's", () => {
    const found = [
      ...samples("ours", "create", [1], { bytesPerKey: 1_500 }),
      ...samples("textbook", "create", [1], { bytesPerKey: 4_000 }),
    ];
    expect(goal("state", found)).toMatchObject([
      { value: "38%", isMet: false },
      { value: "1.50 KB", isMet: true },
    ]);
  });

  it("what was not measured is neither met nor missed", () => {
    expect(goalsOf([]).flatMap(({ measured }) => measured)).toEqual([]);
  });
});
