import { createRateLimiter } from "../../../provider/vultr/rate-limit";
import { manualClock } from "../../support/manual-clock";

/** One start in every window, so that each turn is a window away. */
function slowly() {
  const clock = manualClock({ startMs: 0 });
  const limiter = createRateLimiter(1, clock);
  const log: string[] = [];
  const take = async (name: string, deadlineMs = Infinity): Promise<void> => {
    const mayStart = await limiter.takeTurn(deadlineMs);
    log.push(`${name} ${mayStart ? "starts" : "gives up"} at ${clock.now()}`);
  };
  return { clock, limiter, log, take };
}

it("turns come in the order of asking", async () => {
  const { log, take } = slowly();
  await Promise.all(["a", "b", "c"].map((name) => take(name)));
  expect(log).toEqual(["a starts at 0", "b starts at 1030", "c starts at 2060"]);
});

it("starts are spread over the window, not sent in a burst", async () => {
  const clock = manualClock({ startMs: 0 });
  const limiter = createRateLimiter(4, clock);
  const startsMs: number[] = [];
  const take = async () => {
    await limiter.takeTurn(Infinity);
    startsMs.push(clock.now());
  };
  await Promise.all([take(), take(), take(), take(), take()]);
  expect(startsMs).toEqual([0, 257.5, 515, 772.5, 1_030]);
});

it("idle time is not saved up, but for the 10 ms that a start may be late", async () => {
  const clock = manualClock({ startMs: 0 });
  const limiter = createRateLimiter(4, clock);
  await limiter.takeTurn(Infinity);
  clock.advance(10_000);
  const startsMs: number[] = [];
  const take = async () => {
    await limiter.takeTurn(Infinity);
    startsMs.push(clock.now());
  };
  await Promise.all([take(), take(), take(), take()]);
  expect(startsMs).toEqual([10_000, 10_247.5, 10_505, 10_762.5]);
});

it("somebody who asks after the queue has emptied is served", async () => {
  const { log, take } = slowly();
  await take("a");
  await take("b");
  expect(log).toEqual(["a starts at 0", "b starts at 1030"]);
});

describe("a turn that would come too late", () => {
  it("is refused once no start before its deadline is left", async () => {
    const { log, take } = slowly();
    await Promise.all([take("a"), take("b"), take("c", 2_059), take("d", 2_060)]);
    expect(log).toEqual([
      "a starts at 0",
      "b starts at 1030",
      "c gives up at 1030",
      "d starts at 2060", // in the place that c left
    ]);
  });

  it("is refused at once where a pause is too long", async () => {
    const { limiter, log, take } = slowly();
    limiter.pauseUntil(5_000);
    await Promise.all([take("a", 4_999), take("b", 5_000)]);
    expect(log).toEqual(["a gives up at 0", "b starts at 5000"]);
  });

  it("is refused as soon as a pause takes it away", async () => {
    const { limiter, log, take } = slowly();
    const turns = [take("a"), take("b", 2_000), take("c", 9_000)];
    await turns[0];
    limiter.pauseUntil(5_000);
    await Promise.all(turns);
    expect(log).toEqual(["a starts at 0", "b gives up at 0", "c starts at 5000"]);
  });

  it("is refused at once all along the queue where Vultr asks for a long pause", async () => {
    const { clock, limiter, log, take } = slowly();
    const names = Array.from({ length: 300 }, (_, at) => `caller ${at}`);
    const turns = names.map((name) => take(name, 300_000));
    await turns[0];
    limiter.pauseUntil(900_000);
    await Promise.all(turns);
    expect(log.slice(1)).toEqual(names.slice(1).map((name) => `${name} gives up at 0`));
    expect(Math.max(...clock.sleepsMs)).toBeLessThan(900_000);
  });

  it("is refused also where somebody with more time waits before it", async () => {
    const { clock, limiter, log, take } = slowly();
    limiter.pauseUntil(200_000);
    const patient = take("a", 300_000);
    await take("b", 120_000);
    expect({ log, now: clock.now() }).toEqual({ log: ["b gives up at 0"], now: 0 });
    await patient;
    expect(log).toEqual(["b gives up at 0", "a starts at 200000"]);
  });

  it("is refused where the deadline is over already", async () => {
    const { clock, log, take } = slowly();
    clock.advance(100);
    await take("a", 99);
    expect(log).toEqual(["a gives up at 100"]);
  });

  it("costs nobody else a place", async () => {
    const { clock, log, take } = slowly();
    await take("a");
    await take("b", 500);
    await take("c", 1_030);
    expect(log).toEqual(["a starts at 0", "b gives up at 0", "c starts at 1030"]);
    expect(clock.sleepsMs).toEqual([1_030]);
  });
});

describe("pauses only ever grow", () => {
  it.each([
    { pauses: [5_000], startMs: 5_000 },
    { pauses: [5_000, 3_000], startMs: 5_000 },
    { pauses: [3_000, 5_000], startMs: 5_000 },
    { pauses: [-1_000], startMs: 0 },
  ])("until $pauses: $startMs", async ({ pauses, startMs }) => {
    const { limiter, log, take } = slowly();
    for (const untilMs of pauses) limiter.pauseUntil(untilMs);
    await take("a");
    expect(log).toEqual([`a starts at ${startMs}`]);
  });

  it("also while somebody is waiting one out", async () => {
    const { limiter, log, take } = slowly();
    limiter.pauseUntil(3_000);
    const turn = take("a");
    limiter.pauseUntil(5_000);
    await turn;
    expect(log).toEqual(["a starts at 5000"]);
  });
});
