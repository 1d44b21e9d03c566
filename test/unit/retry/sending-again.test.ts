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
const throttled = (retryAfterMs?: number) =>
  new RateLimitError({ ...parts, status: 429, retryAfterMs });

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

it("waits between attempts, and returns what came in the end", async () => {
  const { call, clock } = callers();
  const { startsMs, ending } = await call([outage(), outage(), outage()]);
  expect(ending).toBe("done");
  expect(clock.sleepsMs).toEqual([250, 500, 1_000]);
  expect(startsMs).toEqual([0, 250, 750, 1_750]);
});

it("gives up after six attempts, with the last error", async () => {
  const failures = Array.from({ length: 7 }, outage);
  const { startsMs, ending } = await callers().call(failures);
  expect(startsMs).toHaveLength(6);
  expect(ending).toBe(failures[5]);
});

it("being throttled counts as no attempt", async () => {
  const failures = Array.from({ length: 20 }, () => throttled(7_000));
  const { startsMs, ending } = await callers().call(failures);
  expect(ending).toBe("done");
  expect(startsMs).toEqual(Array.from({ length: 21 }, (_, attempt) => attempt * 7_000));
});

describe.each([
  { what: "stays", jumpMs: 0 },
  { what: "jumps a day forward", jumpMs: 86_400_000 },
  { what: "jumps a day back", jumpMs: -86_400_000 },
])("whether the wall clock $what", ({ jumpMs }) => {
  it("a wait that the deadline would cut short does not begin", async () => {
    const { call, clock } = callers();
    const failure = throttled(7_000);
    const { startsMs, ending } = await call([failure], { deadlineMs: 6_999, jumpMs });
    expect(ending).toBe(failure);
    expect(startsMs).toEqual([0]);
    expect(clock.sleepsMs).toEqual([]);
  });

  it("the time up to the deadline is used, and a pause is as long as Vultr asked for", async () => {
    const { startsMs, ending } = await callers().call([throttled(7_000)], {
      deadlineMs: 7_000,
      jumpMs,
    });
    expect(ending).toBe("done");
    expect(startsMs).toEqual([0, 7_000]);
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

it("a 429 pauses every caller, also one that never met it", async () => {
  const { call } = callers();
  const [first, second] = await Promise.all([call([throttled(7_000)]), call([])]);
  expect(first.startsMs).toEqual([0, expect.any(Number)]);
  expect(second.startsMs[0]).toBeGreaterThanOrEqual(7_000);
});

it("an outage pauses nobody else", async () => {
  const { call } = callers();
  const [first, second] = await Promise.all([call([outage()]), call([])]);
  expect(first.startsMs).toEqual([0, 250]);
  expect(second.startsMs[0]).toBeLessThan(250);
});

it("a pause that leaves no time is a timeout in which nothing was sent", async () => {
  const { call } = callers();
  await call([throttled(7_000)], { deadlineMs: 1_000 });
  const { startsMs, ending } = await call([], { deadlineMs: 6_000 });
  expect(startsMs).toEqual([]);
  expect(ending).toBeInstanceOf(ConnectionError);
  expect(ending).toMatchObject({ sent: false });
});

it("a create ends with the first failure that may have made a key", async () => {
  const failure = outage();
  const failures = [throttled(7_000), failure];
  const { startsMs, ending } = await callers().call(failures, { operation: "create" });
  expect(startsMs).toEqual([0, 7_000]);
  expect(ending).toBe(failure);
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

describe("a run that is canceled", () => {
  /** Calls it off while the request is under way, and then lets Vultr answer. */
  async function canceled(operation: Operation): Promise<unknown> {
    const clock = manualClock({ startMs: 0 });
    const run = new AbortController();
    let answer: (text: string) => void = () => undefined;
    const send = () => {
      run.abort();
      return new Promise<string>((resolve) => (answer = resolve));
    };
    const limiter = createRateLimiter(1_000, clock);
    const pacing = { deadlineMs: 300_000, limiter, clock, signal: run.signal };
    const ending = sendWithRetry(send, { operation, action: "do it", ...pacing });
    setImmediate(() => {
      answer("done");
    });
    return ending.catch((error: unknown) => error);
  }

  it.each<Operation>(["read", "delete"])("does not wait for the answer to a %s", async (what) => {
    expect(await canceled(what)).toBeInstanceOf(CanceledError);
  });

  it("waits for the answer to a create, which alone tells whether there is a key", async () => {
    expect(await canceled("create")).toBe("done");
  });
});
