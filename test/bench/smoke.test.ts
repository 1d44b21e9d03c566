import { figuresOf } from "./figures";
import { goalsOf } from "./goals";
import { operations } from "./life";
import { smokePlan } from "./plan";
import { plotOf } from "./plot";
import { reportOf } from "./report";
import { runPlan } from "./run";

test("a benchmark as small as can be measures everything and says it", async () => {
  const said: string[] = [];
  const results = await runPlan(smokePlan, (what) => said.push(what));

  const figures = figuresOf(results);
  for (const operation of operations) {
    const of = (subject: string) =>
      figures.find(
        (each) =>
          each.subject === subject && each.operation === operation && each.workload.keys === 2,
      );
    expect(of("ours")).toMatchObject({
      overEngineFloor: expect.any(Number) as number,
      throttled: 0,
    });
    expect(of("floor")).toMatchObject({ overEngineFloor: 1, requests: 0 });
  }
  expect(figures.filter(({ workload }) => workload.keys === 3)).toHaveLength(4);

  const requests = figures.map(({ subject, operation, requests: sent }) => ({
    [`${subject} ${operation}`]: sent,
  }));
  expect(Object.assign({}, ...requests.slice(0, 6))).toMatchObject({
    "ours preview": 0,
    "ours no-op up": 0,
    "ours create": 5,
    "ours refresh": 1,
  });
  expect(results.faults[0]).toMatchObject({ subject: "textbook", runs: 2, failedRuns: 0 });

  const report = reportOf(results);
  for (const { figure, goal } of goalsOf(results)) {
    expect(report).toContain(figure);
    expect(report).toContain(goal);
  }
  expect(report).not.toMatch(/NaN|undefined|Infinity/);
  expect(plotOf(figures)).not.toMatch(/NaN|undefined|Infinity/);
  expect(said).toEqual(
    expect.arrayContaining(["2 keys, 1 user, 1 of 1: ours", "2 keys, 1 user, 1 of 1: floor"]),
  );
}, 240_000);
