import { RateLimitError } from "../../../provider/vultr/errors";
import { createRateLimiter } from "../../../provider/vultr/rate-limit";
import { sendWithRetry } from "../../../provider/vultr/retry";
import { manualClock } from "../../support/manual-clock";

const throttled = new RateLimitError({
  message: "",
  hint: "",
  status: 429,

  reason: "",
  fromVultr: true,
  retryAfterMs: 7_000,
});

/** A read that Vultr throttles once, with the wall clock set to another time while it is sent. */
async function readWithJump(jumpMs: number, limitMs: number) {
  const clock = manualClock();
  const limiter = createRateLimiter(1_000, clock);
  const startMs = clock.monotonicMs();
  const triesMs: number[] = [];
  const send = (): Promise<string> => {
    triesMs.push(clock.monotonicMs() - startMs);
    if (triesMs.length > 1) return Promise.resolve("done");
    clock.jumpWallClock(jumpMs);
    return Promise.reject(throttled);
  };
  const deadlineMs = startMs + limitMs;
  const operation = "read" as const;
  const context = { operation, action: "list users", deadlineMs, limiter, clock };
  const ending = await sendWithRetry(send, context).catch((error: unknown) => error);
  return { ending, triesMs };
}

describe.each([
  { what: "a day forward", jumpMs: 86_400_000 },
  { what: "a day back", jumpMs: -86_400_000 },
])("the wall clock jumps $what", ({ jumpMs }) => {
  it("and a pause is as long as Vultr asked for", async () => {
    expect(await readWithJump(jumpMs, 300_000)).toEqual({ ending: "done", triesMs: [0, 7_000] });
  });

  it("and a deadline comes neither sooner nor later", async () => {
    const { ending, triesMs } = await readWithJump(jumpMs, 6_999);
    expect(ending).toBe(throttled);
    expect(triesMs).toEqual([0]);
  });

  it("and the limit's window is as wide as it was", async () => {
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
