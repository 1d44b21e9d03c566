import { figuresOf } from "./floors";
import { goalsOf } from "./goals";
import { type Plan, runPlan } from "./measure";
import { plotOf } from "./plot";
import { reportOf } from "./report";

test("a benchmark as small as can be measures, counts, and says it", async () => {
  const contestants = (["ours", "floor", "textbook"] as const).map((subject) => ({
    ...{ subject, keys: 1, users: 1 },
  }));
  const lives: Plan["lives"] = [{ contestants, repetitions: 1, steps: ["create"] }];
  const faults = { contestants: [], repetitions: 0 };
  const results = await runPlan({ name: "smoke", lives, faults, starts: 3 }, () => undefined);

  const figures = figuresOf(results.samples);
  expect(figures).toMatchObject([
    { subject: "ours", requests: 3, overEngineFloor: expect.any(Number) as number, throttled: 0 },
    { subject: "floor", requests: 0, overEngineFloor: 1 },
    { subject: "textbook", requests: 1, overEngineFloor: expect.any(Number) as number },
  ]);
  for (const { bytesPerKey } of figures) expect(bytesPerKey).toBeGreaterThan(1_000);
  if (process.platform === "linux")
    expect(figures[0]).toMatchObject({ providerExtraBytes: expect.any(Number) as number });

  const report = reportOf(results);
  expect(report).toMatch(/The plugin has printed its port after \d+ ms.*\*\*met\*\*/);
  for (const { figure } of goalsOf(results.samples)) expect(report).toContain(figure);
  for (const written of [report, plotOf(figures)])
    expect(written).not.toMatch(/NaN|undefined|Infinity/);
});
