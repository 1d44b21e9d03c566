import fc from "fast-check";

import { createRateLimiter } from "../../../provider/vultr/rate-limit";
import { manualClock } from "../../support/manual-clock";

interface Arrival {
  atMs: number;
  deadlineMs: number;
}

interface Traffic {
  requestsPerSecond: number;
  arrivals: Arrival[];
  pauses: { atMs: number; untilMs: number }[];
  /** Delays of the timers that the limiter sets, in milliseconds, over and over. */
  lateMs: number[];
}

const time = fc.oneof(fc.constant(0), fc.nat({ max: 5_000 }));
const traffic: fc.Arbitrary<Traffic> = fc.record({
  requestsPerSecond: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 60 })),
  arrivals: fc.array(
    fc.record({
      atMs: time,
      deadlineMs: fc.oneof(fc.constant(Infinity), fc.nat({ max: 20_000 })),
    }),
    { maxLength: 80 },
  ),
  pauses: fc.array(fc.record({ atMs: time, untilMs: time }), { maxLength: 3 }),
  lateMs: fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 40 }), fc.nat({ max: 3_000 })), {
    minLength: 1,
  }),
});

interface Turn extends Arrival {
  /** When the answer came, and what it was. */
  answeredMs: number;
  mayStart: boolean;
}

/** Lets the traffic arrive. Gives the turns in the order of asking. */
async function run({ requestsPerSecond, arrivals, pauses, lateMs }: Traffic): Promise<Turn[]> {
  const clock = manualClock({ startMs: 0 });
  let timers = 0;
  const limiter = createRateLimiter(requestsPerSecond, {
    ...clock,
    sleep: (ms) => clock.sleep(ms + lateMs[timers++ % lateMs.length]!),
  });
  const turns: Turn[] = [];
  const take = async (arrival: Arrival) => {
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

const startsOf = (turns: Turn[]) =>
  turns.filter((turn) => turn.mayStart).map((turn) => turn.answeredMs);

/** Runs `promise` on the turns of any traffic, with timers that are punctual or late. */
function always(promise: (turns: Turn[], traffic: Traffic) => void): Promise<void> {
  return fc.assert(
    fc.asyncProperty(traffic, async (given) => {
      promise(await run(given), given);
    }),
    { seed: 20261124, numRuns: 200 },
  );
}

it("no window of 1,000 ms has more starts than allowed, even where timers are late", () =>
  always((turns, { requestsPerSecond }) => {
    const starts = startsOf(turns);
    for (const [at, startMs] of starts.entries())
      expect((starts[at + requestsPerSecond] ?? Infinity) - startMs).toBeGreaterThanOrEqual(1_000);
  }));

it("who asks first starts first", () =>
  always((turns) => {
    const starts = startsOf(turns);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  }));

it("with punctual timers nobody waits longer than its deadline to be told that it may not start", () =>
  always((turns, { lateMs }) => {
    if (Math.max(...lateMs) > 0) return;
    for (const { mayStart, atMs, answeredMs, deadlineMs } of turns)
      if (!mayStart) expect(answeredMs).toBeLessThanOrEqual(Math.max(atMs, deadlineMs));
  }));

it("nobody starts after the deadline, and without one everybody starts", () =>
  always((turns) => {
    for (const { mayStart, answeredMs, deadlineMs } of turns)
      if (mayStart) expect(answeredMs).toBeLessThanOrEqual(deadlineMs);
      else expect(deadlineMs).toBeLessThan(Infinity);
  }));

it("nobody starts within a pause", () =>
  always((turns, { pauses }) => {
    for (const startMs of startsOf(turns))
      for (const { atMs, untilMs } of pauses)
        expect(startMs > atMs && startMs < untilMs).toBe(false);
  }));

it.each([
  { timers: "punctual", lateMs: [0] },
  { timers: "late by up to 10 ms", lateMs: [10, 0, 7] },
])(
  "the allowed rate is used, but for the 3% of reserve, with $timers timers",
  async ({ lateMs }) => {
    const arrivals = Array.from({ length: 301 }, () => ({ atMs: 0, deadlineMs: Infinity }));
    const turns = await run({ requestsPerSecond: 30, arrivals, pauses: [], lateMs });
    expect(Math.floor(turns.at(-1)!.answeredMs - Math.max(...lateMs))).toBeLessThanOrEqual(10_300);
    expect(Math.round(turns.at(-1)!.answeredMs)).toBeGreaterThanOrEqual(10_300);
  },
);
