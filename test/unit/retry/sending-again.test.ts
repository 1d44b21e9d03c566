import { systemClock } from "../../../provider/vultr/clock";
import {
  CanceledError,
  ConnectionError,
  RateLimitError,
  ServerError,
} from "../../../provider/vultr/errors";
import { createRateLimiter } from "../../../provider/vultr/rate-limit";
import { type Operation, sendWithRetry } from "../../../provider/vultr/retry";
import { manualClock } from "../../support/manual-clock";

const parts = { message: "", hint: "", reason: "", fromVultr: true };
const outage = () => new ServerError({ ...parts, status: 503 });
const throttled = () => new RateLimitError({ ...parts, status: 429, retryAfterMs: 7_000 });
const many = (count: number, failure: () => Error) => Array.from({ length: count }, failure);

interface CallOptions {
  deadlineMs?: number;
  operation?: Operation;
  /** How far the wall clock jumps while the first attempt is sent. */
  jumpMs?: number;
}

/** Callers that share a limiter and start at the clock's 0. */
function callers() {
  const clock = manualClock({ startMs: 0 });
  const limiter = createRateLimiter(1_000, clock);
  return {
    clock,
    /** Meets `failures`, then succeeds. Gives the times of its starts, and how it ended. */
    call: async (failures: Error[], options: CallOptions = {}) => {
      const { deadlineMs = 300_000, operation = "read", jumpMs = 0 } = options;
      const left = [...failures];
      const startsMs: number[] = [];
      const send = (): Promise<string> => {
        startsMs.push(clock.monotonicMs());
        if (startsMs.length === 1) clock.jumpWallClock(jumpMs);
        const failure = left.shift();
        return failure === undefined ? Promise.resolve("done") : Promise.reject(failure);
      };
      const context = { operation, action: "list users", deadlineMs, limiter, clock };
      const ending = await sendWithRetry(send, context).catch((error: unknown) => error);
      return { startsMs, ending };
    },
  };
}

const [noFailure, startsOfThrottled] = [undefined, many(21, throttled).map((_, at) => at * 7_000)];

it.each<[what: string, Operation, Error[], startsMs: number[], endsWith: number | undefined]>([
  ["waits longer each time", "read", many(3, outage), [0, 250, 750, 1_750], noFailure],
  ["tries six times", "delete", many(7, outage), [0, 250, 750, 1_750, 3_750, 7_750], 5],
  ["counts no throttled attempt", "create", many(20, throttled), startsOfThrottled, noFailure],
  ["ends once a key may be made", "create", [throttled(), outage()], [0, 7_000], 1],
])("%s: a %s", async (_what, operation, failures, startsMs, endsWith) => {
  const ending = endsWith === undefined ? "done" : failures[endsWith];
  expect(await callers().call(failures, { operation })).toEqual({ startsMs, ending });
});

describe.each([
  { what: "stays", jumpMs: 0 },
  { what: "jumps a day forward", jumpMs: 86_400_000 },
  { what: "jumps a day back", jumpMs: -86_400_000 },
])("whether the wall clock $what", ({ jumpMs }) => {
  it("the time up to the deadline is used, and no wait that it would cut short begins", async () => {
    const failure = throttled();
    const late = callers();
    const tooLate = await late.call([failure], { deadlineMs: 6_999, jumpMs });
    expect(tooLate).toEqual({ startsMs: [0], ending: failure });
    expect(late.clock.sleepsMs).toEqual([]);
    const inTime = await callers().call([failure], { deadlineMs: 7_000, jumpMs });
    expect(inTime).toEqual({ startsMs: [0, 7_000], ending: "done" });
  });

  it("the limit's window is as wide as it was", async () => {
    const clock = manualClock();
    const limiter = createRateLimiter(1, clock);
    const startMs = clock.monotonicMs();
    await limiter.takeTurn(Infinity);
    clock.jumpWallClock(jumpMs);
    await limiter.takeTurn(Infinity);
    expect(clock.monotonicMs() - startMs).toBe(1_020);
    expect(await limiter.takeTurn(startMs + 2_039)).toBe(false);
  });
});

it.each([
  {
    what: "a 429 pauses every caller, also one that never met it",
    failure: throttled(),
    ms: 7_000,
  },
  { what: "an outage pauses nobody else", failure: outage(), ms: 1 },
])("$what", async ({ failure, ms }) => {
  const { call } = callers();
  const [first, second] = await Promise.all([call([failure]), call([])]);
  expect(first.startsMs).toHaveLength(2);
  expect(Math.floor(second.startsMs[0]!)).toBe(ms);
});

it("a pause that leaves no time is a timeout in which nothing was sent", async () => {
  const { call } = callers();
  await call([throttled()], { deadlineMs: 1_000 });
  const { startsMs, ending } = await call([], { deadlineMs: 6_000 });
  expect(startsMs).toEqual([]);
  expect(ending).toBeInstanceOf(ConnectionError);
  expect(ending).toMatchObject({ sent: false });
});

it("the clock of this process tells the time, sleeps long enough, and gives chances", async () => {
  const before = { wallMs: Date.now(), ns: process.hrtime.bigint() };
  const nowMs = systemClock.now();
  expect(nowMs).toBeGreaterThanOrEqual(before.wallMs);
  expect(nowMs).toBeLessThanOrEqual(Date.now());
  await systemClock.sleep(20);
  expect(Number(process.hrtime.bigint() - before.ns) / 1e6).toBeGreaterThanOrEqual(19); // timers round
  const chances = Array.from({ length: 100 }, () => systemClock.random());
  expect(new Set(chances).size).toBe(100);
  for (const chance of chances) expect(chance >= 0 && chance < 1).toBe(true);
});

it("the clock of this process counts on, whatever the time of day is set to", () => {
  const before = systemClock.monotonicMs();
  jest.spyOn(Date, "now").mockReturnValue(0);
  try {
    expect(systemClock.now()).toBe(0);
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
  } finally {
    jest.restoreAllMocks();
  }
});

it.each<[Operation, ending: unknown]>([
  ["read", expect.any(CanceledError)],
  ["delete", expect.any(CanceledError)],
  ["create", "done"], // its answer alone tells whether there is a key
])("a %s that is canceled under way ends with %p", async (operation, ending) => {
  const clock = manualClock({ startMs: 0 });
  const run = new AbortController();
  const send = () => {
    run.abort();
    return new Promise<string>((resolve) => setImmediate(resolve, "done"));
  };
  const limiter = createRateLimiter(1_000, clock);
  const pacing = { deadlineMs: 300_000, limiter, clock, signal: run.signal };
  const sent = sendWithRetry(send, { operation, action: "do it", ...pacing });
  expect(await sent.catch((error: unknown) => error)).toEqual(ending);
});
