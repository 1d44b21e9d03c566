import { systemClock } from "../../../provider/vultr/clock";

it("tells the time of day in milliseconds", () => {
  const before = Date.now();
  const nowMs = systemClock.now();
  expect(nowMs).toBeGreaterThanOrEqual(before);
  expect(nowMs).toBeLessThanOrEqual(Date.now());
});

it("sleeps no less than it was asked to", async () => {
  const before = process.hrtime.bigint();
  await systemClock.sleep(20);
  expect(Number(process.hrtime.bigint() - before) / 1e6).toBeGreaterThanOrEqual(19); // timers round
});

it("gives chances of which no two are alike", () => {
  const chances = Array.from({ length: 100 }, () => systemClock.random());
  expect(new Set(chances).size).toBe(100);
  for (const chance of chances) expect(chance >= 0 && chance < 1).toBe(true);
});

it("counts on, whatever the time of day is set to", () => {
  const before = systemClock.monotonicMs();
  jest.spyOn(Date, "now").mockReturnValue(0);
  try {
    expect(systemClock.now()).toBe(0);
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
  } finally {
    jest.restoreAllMocks();
  }
});
