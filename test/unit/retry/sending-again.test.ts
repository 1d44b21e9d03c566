import { ConnectionError, RateLimitError, ServerError } from "../../../provider/vultr/errors";
import { createRateLimiter } from "../../../provider/vultr/rate-limit";
import { type Operation, sendWithRetry } from "../../../provider/vultr/retry";
import { manualClock } from "../../support/manual-clock";

const parts = { message: "", hint: "", reason: "", fromVultr: true };
const outage = () => new ServerError({ ...parts, status: 503 });
const throttled = (retryAfterMs?: number) =>
  new RateLimitError({ ...parts, status: 429, retryAfterMs });

/** Callers that share a limiter and start at the clock's 0. */
function callers() {
  const clock = manualClock({ startMs: 0 });
  const limiter = createRateLimiter(1_000, clock);
  return {
    clock,
    /** Meets `failures`, then succeeds. Gives the times of its starts, and how it ended. */
    call: async (
      failures: Error[],
      options: { deadlineMs?: number; operation?: Operation } = {},
    ) => {
      const { deadlineMs = 300_000, operation = "read" } = options;
      const left = [...failures];
      const startsMs: number[] = [];
      const send = (): Promise<string> => {
        startsMs.push(clock.now());
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
  const { startsMs, ending } = await callers().call(
    Array.from({ length: 20 }, () => throttled(7_000)),
  );
  expect(ending).toBe("done");
  expect(startsMs).toEqual(Array.from({ length: 21 }, (_, attempt) => attempt * 7_000));
});

it("does not begin a wait that the deadline would cut short", async () => {
  const { call, clock } = callers();
  const failure = throttled(7_000);
  const { startsMs, ending } = await call([failure], { deadlineMs: 6_999 });
  expect(ending).toBe(failure);
  expect(startsMs).toEqual([0]);
  expect(clock.sleepsMs).toEqual([]);
});

it("uses the time up to the deadline", async () => {
  const { startsMs, ending } = await callers().call([throttled(7_000)], { deadlineMs: 7_000 });
  expect(ending).toBe("done");
  expect(startsMs).toEqual([0, 7_000]);
});

it("a 429 pauses every caller, also one that never met it", async () => {
  const { call } = callers();
  const first = call([throttled(7_000)]);
  const second = call([]);
  expect((await first).startsMs).toEqual([0, expect.any(Number)]);
  expect((await second).startsMs[0]).toBeGreaterThanOrEqual(7_000);
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
  const { startsMs, ending } = await callers().call([throttled(7_000), failure], {
    operation: "create",
  });
  expect(startsMs).toEqual([0, 7_000]);
  expect(ending).toBe(failure);
});
