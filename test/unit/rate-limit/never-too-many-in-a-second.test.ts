import fc from "fast-check";

import { createRateLimiter } from "../../../provider/vultr/rate-limit";
import { manualClock } from "../../support/manual-clock";

const time = fc.oneof(fc.constant(0), fc.nat({ max: 5_000 }));
const deadline = fc.oneof(fc.constant(Infinity), fc.nat({ max: 20_000 }));
const delay = fc.oneof(fc.constant(0), fc.nat({ max: 40 }), fc.nat({ max: 3_000 }));
const traffic = fc.record({
  requestsPerSecond: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 60 })),
  arrivals: fc.array(fc.record({ atMs: time, deadlineMs: deadline }), { maxLength: 80 }),
  pauses: fc.array(fc.record({ atMs: time, untilMs: time }), { maxLength: 3 }),
  /** Delays of the timers that the limiter sets, in milliseconds, over and over. */
  lateMs: fc.array(delay, { minLength: 1 }),
});
type Traffic = typeof traffic extends fc.Arbitrary<infer T> ? T : never;

type Turns = Awaited<ReturnType<typeof run>>;

/** Lets the traffic arrive. Gives the turns in the order of asking: when the answer came, and what it was. */
async function run({ requestsPerSecond, arrivals, pauses, lateMs }: Traffic) {
  const clock = manualClock({ startMs: 0 });
  let timers = 0;
  const limiter = createRateLimiter(requestsPerSecond, {
    ...clock,
    sleep: (ms) => clock.sleep(ms + lateMs[timers++ % lateMs.length]!),
  });
  const turns: { atMs: number; deadlineMs: number; answeredMs: number; mayStart: boolean }[] = [];
  const take = async (arrival: Traffic["arrivals"][number]) => {
    await clock.sleep(arrival.atMs);
    const turn = { ...arrival, answeredMs: NaN, mayStart: false };
    turns.push(turn);
    turn.mayStart = await limiter.takeTurn(arrival.deadlineMs);
    turn.answeredMs = clock.now();
  };
  const pause = async ({ atMs, untilMs }: Traffic["pauses"][number]) => {
    await clock.sleep(atMs);
    limiter.pauseUntil(untilMs);
  };
  await Promise.all([...arrivals.map(take), ...pauses.map(pause)]);
  return turns;
}

const startsOf = (turns: Turns) =>
  turns.filter((turn) => turn.mayStart).map((turn) => turn.answeredMs);

it.each<[promise: string, isKept: (turns: Turns, traffic: Traffic) => void]>([
  [
    "no window of 1,000 ms has more starts than allowed, even where timers are late",
    (turns, { requestsPerSecond }) => {
      const starts = startsOf(turns);
      for (const [at, startMs] of starts.entries()) {
        const tooMany = starts[at + requestsPerSecond] ?? Infinity;
        expect(tooMany - startMs).toBeGreaterThanOrEqual(1_000);
      }
    },
  ],
  [
    "who asks first starts first",
    (turns) => {
      const starts = startsOf(turns);
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    },
  ],
  [
    "with punctual timers nobody waits longer than its deadline to be told that it may not start",
    (turns, { lateMs }) => {
      if (Math.max(...lateMs) > 0) return;
      for (const { mayStart, atMs, answeredMs, deadlineMs } of turns)
        if (!mayStart) expect(answeredMs).toBeLessThanOrEqual(Math.max(atMs, deadlineMs));
    },
  ],
  [
    "nobody starts after the deadline, and without one everybody starts",
    (turns) => {
      for (const { mayStart, answeredMs, deadlineMs } of turns)
        if (mayStart) expect(answeredMs).toBeLessThanOrEqual(deadlineMs);
        else expect(deadlineMs).toBeLessThan(Infinity);
    },
  ],
  [
    "nobody starts within a pause, also if a shorter one comes after it",
    (turns, { pauses }) => {
      for (const startMs of startsOf(turns))
        for (const { atMs, untilMs } of pauses)
          expect(startMs > atMs && startMs < untilMs).toBe(false);
    },
  ],
])("%s", (_promise, isKept) =>
  fc.assert(
    fc.asyncProperty(traffic, async (given) => {
      isKept(await run(given), given);
    }),
    { seed: 20261124, numRuns: 200 },
  ),
);

it.each([
  { timers: "punctual", lateMs: [0] },
  { timers: "late by up to 10 ms", lateMs: [10, 0, 7] },
])("the allowed rate is used, but for 3% of reserve: timers $timers", async ({ lateMs }) => {
  const arrivals = Array.from({ length: 301 }, () => ({ atMs: 0, deadlineMs: Infinity }));
  const turns = await run({ requestsPerSecond: 30, arrivals, pauses: [], lateMs });
  expect(Math.floor(turns.at(-1)!.answeredMs - Math.max(...lateMs))).toBeLessThanOrEqual(10_300);
  expect(Math.round(turns.at(-1)!.answeredMs)).toBeGreaterThanOrEqual(10_300);
});
