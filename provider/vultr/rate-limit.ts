/**
 * Keeps the starts of requests below Vultr's limit (30 a second by source address, documented): evenly
 * spread, because a burst that the network squeezes together is over the limit by the time it arrives.
 */
import type { Clock } from "./clock";

/**
 * A start comes at its slot or up to `graceMs` after it, and slots are `windowMs / requestsPerSecond` apart.
 * So `requestsPerSecond` + 1 starts span at least 1,030 − 10 = 1,020 ms, however late timers are: more than
 * the second of the limit. The other 20 ms are for what arrives closer together than it started; a
 * delay beyond that may bring a 429, which is sent again.
 */
const windowMs = 1_030;
/** A timer that is late by less does not delay the slots after it, so small delays do not add up. */
const graceMs = 10;

interface Waiting {
  deadlineMs: number;
  signal: AbortSignal | undefined;
  answer: (mayStart: boolean) => void;
}

export type RateLimiter = ReturnType<typeof createRateLimiter>;

/** A queue that hands out permission to start a request, first come, first served. */
export function createRateLimiter(requestsPerSecond: number, clock: Clock) {
  let queue: Waiting[] = [];
  let nextSlotMs = 0;
  let isServing = false;

  /** Who has left takes nobody's place. Everybody behind the first starts later than it: whoever cannot even start then never can. */
  function turnAwayLate(): void {
    const startMs = Math.max(nextSlotMs, clock.monotonicMs());
    const mayStart = ({ deadlineMs, signal }: Waiting) =>
      deadlineMs >= startMs && signal?.aborted !== true;
    for (const waiting of queue) if (!mayStart(waiting)) waiting.answer(false);
    queue = queue.filter(mayStart);
  }

  async function serve(): Promise<void> {
    isServing = true;
    for (;;) {
      turnAwayLate();
      if (queue.length === 0) break;
      const nowMs = clock.monotonicMs();
      if (nowMs < nextSlotMs) {
        await clock.sleep(nextSlotMs - nowMs); // then look again: a pause may have come meanwhile
        continue;
      }
      nextSlotMs = Math.max(nextSlotMs, nowMs - graceMs) + windowMs / requestsPerSecond;
      queue.shift()?.answer(true);
    }
    isServing = false;
  }

  return {
    /**
     * Resolves when the caller may start.
     *
     * @param deadlineMs give up at this time of `clock.monotonicMs()`
     * @param signal aborted if the caller no longer waits
     * @returns false as soon as no start is left before the deadline; that takes nobody's place
     */
    takeTurn(deadlineMs: number, signal?: AbortSignal): Promise<boolean> {
      const turn = new Promise<boolean>((answer) => queue.push({ deadlineMs, signal, answer }));
      if (isServing) turnAwayLate();
      else void serve();
      return turn;
    },
    /** Nobody starts before `untilMs` of `clock.monotonicMs()`. Pauses only ever grow. */
    pauseUntil(untilMs: number): void {
      nextSlotMs = Math.max(nextSlotMs, untilMs);
      turnAwayLate();
    },
  };
}
