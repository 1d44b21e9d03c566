import { createRateLimiter } from "../../../provider/vultr/rate-limit";
import { manualClock } from "../../support/manual-clock";

/** By default one start in every window, so that each turn is a window away. */
function slowly(requestsPerSecond = 1) {
  const clock = manualClock({ startMs: 0 });
  const limiter = createRateLimiter(requestsPerSecond, clock);
  const log: string[] = [];
  const take = async (name: string, deadlineMs = Infinity): Promise<void> => {
    const mayStart = await limiter.takeTurn(deadlineMs);
    log.push(`${name} ${mayStart ? "starts" : "gives up"} at ${clock.now()}`);
  };
  return { clock, limiter, log, take };
}

it("starts are spread over the window, and idle time is not saved up, but for 10 ms", async () => {
  const { clock, log, take } = slowly(4);
  const take5 = () => Promise.all(["a", "b", "c", "d", "e"].map((name) => take(name)));
  await take5();
  const startsMs = [0, 257.5, 515, 772.5, 1_030];
  expect(log.map((line) => Number(line.split(" at ")[1]))).toEqual(startsMs);
  clock.advance(10_000 - clock.now());
  log.length = 0;
  await take5();
  const laterMs = [10_000, 10_247.5, 10_505, 10_762.5, 11_020];
  expect(log.map((line) => Number(line.split(" at ")[1]))).toEqual(laterMs);
});

it("whoever no longer waits takes nobody's place", async () => {
  const { limiter, log, take } = slowly();
  const canceling = new AbortController();
  const first = take("a");
  const left = limiter.takeTurn(Infinity, canceling.signal);
  await first;
  canceling.abort();
  await take("b");
  expect(await left).toBe(false);
  expect(log).toEqual(["a starts at 0", "b starts at 1030"]);
});

it("a pause ends when the longest that was asked for ends, also one that grew meanwhile", async () => {
  const { limiter, log, take } = slowly();
  for (const untilMs of [3_000, 1_000]) limiter.pauseUntil(untilMs);
  const turn = take("a");
  for (const untilMs of [5_000, 4_000]) limiter.pauseUntil(untilMs);
  await turn;
  expect(log).toEqual(["a starts at 5000"]);
});

describe("a turn that would come too late is refused", () => {
  it("once no start before its deadline is left; another gets its place", async () => {
    const { log, take } = slowly();
    await Promise.all([take("a"), take("b"), take("c", 2_059), take("d", 2_060)]);
    const starts = ["a starts at 0", "b starts at 1030"];
    expect(log).toEqual([...starts, "c gives up at 1030", "d starts at 2060"]);
  });

  it("at once where nobody else waits", async () => {
    const { clock, log, take } = slowly();
    await take("a");
    await take("b", 500);
    await take("c", 1_030);
    expect(log).toEqual(["a starts at 0", "b gives up at 0", "c starts at 1030"]);
    expect(clock.sleepsMs).toEqual([1_030]);
  });

  it("at once where a pause is too long, though somebody with more time waits before it", async () => {
    const { limiter, log, take } = slowly();
    limiter.pauseUntil(5_000);
    await Promise.all([take("a", 5_000), take("b", 4_999)]);
    expect(log).toEqual(["b gives up at 0", "a starts at 5000"]);
  });

  it("all along the queue, as soon as a long pause takes it away", async () => {
    const { clock, limiter, log, take } = slowly();
    const names = Array.from({ length: 300 }, (_, at) => `caller ${at}`);
    const turns = names.map((name) => take(name, 300_000));
    await turns[0];
    limiter.pauseUntil(900_000);
    await Promise.all(turns);
    expect(log.slice(1)).toEqual(names.slice(1).map((name) => `${name} gives up at 0`));
    expect(Math.max(...clock.sleepsMs)).toBeLessThan(900_000);
  });
});
