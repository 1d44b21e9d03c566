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

it("with punctual timers the allowed rate is used, but for the 1.5% of reserve", async () => {
  const arrivals = Array.from({ length: 301 }, () => ({ atMs: 0, deadlineMs: Infinity }));
  const turns = await run({ requestsPerSecond: 30, arrivals, pauses: [], lateMs: [0] });
  expect(Math.round(turns.at(-1)!.answeredMs)).toBe(10_150);
});

it("delays of timers add up once in a window at most, not with every start", async () => {
  const arrivals = Array.from({ length: 301 }, () => ({ atMs: 0, deadlineMs: Infinity }));
  const turns = await run({ requestsPerSecond: 30, arrivals, pauses: [], lateMs: [15] });
  expect(Math.floor(turns.at(-1)!.answeredMs)).toBeLessThanOrEqual(10_150 + 10 * 15);
});

it("what a request took longer than others may have been its way there, and counts", async () => {
  const clock = manualClock({ startMs: 0 });
  const limiter = createRateLimiter(1, clock);
  for (const [latencyMs, startMs] of [
    [100, 0],
    [400, 1_015],
  ] as const) {
    await limiter.takeTurn(Infinity);
    expect(clock.now()).toBe(startMs);
    clock.advance(latencyMs);
    limiter.turnEnded("read", startMs);
  }
  await limiter.takeTurn(Infinity);
  expect(clock.now()).toBe(1_015 + 300 + 1_002);
});

it("those that ended late but arrived early count from their arrival", async () => {
  const clock = manualClock({ startMs: 0 });
  const limiter = createRateLimiter(2, clock);
  const endAt = (kind: string, startedMs: number, endMs: number) => {
    clock.advance(endMs - clock.now());
    limiter.turnEnded(kind, startedMs);
  };
  const start = async () => {
    await limiter.takeTurn(Infinity);
    return clock.now();
  };
  const first = await start();
  endAt("read", first, first); // reads take no time
  const second = await start();
  endAt("create", second, second + 400); // creates take 400 ms
  const create = await start();
  const read = await start();
  endAt("read", read, read + 50); // arrived 50 ms late
  endAt("create", create, read + 100);
  const createArrivedMs = read + 100 - 400;
  expect(await start()).toBe(createArrivedMs + 1_002);
});

/** Requests that start at once, and take as long as `latencyMs` says. Gives the starts. */
async function startsWith(count: number, latencyMs: (at: number) => number): Promise<number[]> {
  const clock = manualClock({ startMs: 0 });
  const limiter = createRateLimiter(30, clock);
  const starts: number[] = [];
  const send = async (): Promise<void> => {
    await limiter.takeTurn(Infinity);
    const startedMs = clock.now();
    const at = starts.push(startedMs) - 1;
    await clock.sleep(latencyMs(at));
    limiter.turnEnded("read", startedMs);
  };
  await Promise.all(Array.from({ length: count }, send));
  return starts;
}

it.each([0, 5, 150, 400, 900])(
  "a latency of %d ms that all share costs no turn",
  async (latencyMs) => {
    const starts = await startsWith(301, () => latencyMs);
    expect(Math.round(starts.at(-1)!)).toBe(10_150);
  },
);

it("the first requests, which wait for their connections, count where they arrived all the same", async () => {
  const wayMs = (at: number) => (at < 8 ? 60 : 0);
  const starts = await startsWith(61, (at) => wayMs(at) + 3);
  const arrivals = starts.map((startMs, at) => startMs + wayMs(at)).sort((a, b) => a - b);
  for (const [at, arrivalMs] of arrivals.entries())
    expect((arrivals[at + 30] ?? Infinity) - arrivalMs).toBeGreaterThanOrEqual(1_000);
});

it(
  "no window of 1,000 ms has more arrivals than allowed, however unequal the way",
  () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 250 }), { minLength: 1, maxLength: 40 }),
        fc.nat({ max: 300 }),
        async (wayMs, workMs) => {
          const way = (at: number) => (at === 0 ? 0 : wayMs[at % wayMs.length]!);
          const starts = await startsWith(120, (at) => way(at) + workMs);
          const arrivals = starts.map((startMs, at) => startMs + way(at)).sort((a, b) => a - b);
          // Requests that had not ended by then are not known to be late: those of the first window.
          for (const [at, arrivalMs] of arrivals.entries())
            expect((arrivals[at + 30 + 8] ?? Infinity) - arrivalMs).toBeGreaterThanOrEqual(1_000);
        },
      ),
      { seed: 20261124, numRuns: 30 },
    ),
  60_000,
);
