/**
 * Keeps the starts of requests below Vultr's limit (30 a second by source address, documented).
 *
 * Starts are spread evenly rather than sent in bursts, because a burst that the network squeezes
 * together is a burst over the limit by the time it arrives.
 */
import type { Clock } from "./clock";

/** A queue that hands out permission to start a request, first come, first served. */
export interface RateLimiter {
  /**
   * Resolves when the caller may start.
   *
   * @param deadlineMs give up at this time, in milliseconds since the epoch
   * @returns false where the turn would come after the deadline; nothing was waited for then
   */
  takeTurn(deadlineMs: number): Promise<boolean>;
  /** Nobody starts before `untilMs` (milliseconds since the epoch). Pauses only ever grow. */
  pauseUntil(untilMs: number): void;
}

/**
 * The window that holds at most `requestsPerSecond` starts. A second and 4%: requests travel for
 * unequal times, so what leaves a second apart may arrive closer together.
 */
export const windowMs = 1_040;

interface Waiting {
  deadlineMs: number;
  answer: (mayStart: boolean) => void;
}

export function createRateLimiter(requestsPerSecond: number, clock: Clock): RateLimiter {
  const spacingMs = windowMs / requestsPerSecond;
  /** The latest starts, oldest first; at most one window's worth. */
  const starts: number[] = [];
  let nextSlotMs = 0;
  let pausedUntilMs = 0;
  let queue: Waiting[] = [];
  let isServing = false;

  function earliestStartMs(): number {
    const oldest = starts.length < requestsPerSecond ? undefined : starts[0];
    return Math.max(nextSlotMs, pausedUntilMs, oldest === undefined ? 0 : oldest + windowMs);
  }

  /** Slots follow the timetable, not the late timers, so small delays do not add up. */
  function slotMs(nowMs: number): number {
    return Math.max(earliestStartMs(), nowMs - spacingMs);
  }

  /** Tells those whose turn cannot come in time, as soon as that is known. */
  function turnAwayLate(): void {
    const nowMs = clock.now();
    const kept: Waiting[] = [];
    for (const waiting of queue) {
      const startMs = Math.max(nowMs, slotMs(nowMs) + kept.length * spacingMs);
      if (startMs > waiting.deadlineMs) waiting.answer(false);
      else kept.push(waiting);
    }
    queue = kept;
  }

  async function serve(): Promise<void> {
    for (;;) {
      turnAwayLate();
      const first = queue[0];
      if (first === undefined) {
        isServing = false;
        return;
      }
      const nowMs = clock.now();
      const waitMs = earliestStartMs() - nowMs;
      if (waitMs > 0) {
        // A pause may have grown meanwhile: look again after waiting.
        await clock.sleep(waitMs);
        continue;
      }
      queue.shift();
      nextSlotMs = slotMs(nowMs) + spacingMs;
      starts.push(nowMs);
      if (starts.length > requestsPerSecond) starts.shift();
      first.answer(true);
    }
  }

  return {
    takeTurn(deadlineMs) {
      const turn = new Promise<boolean>((answer) => queue.push({ deadlineMs, answer }));
      if (isServing) turnAwayLate();
      else {
        isServing = true;
        void serve();
      }
      return turn;
    },
    pauseUntil(untilMs) {
      pausedUntilMs = Math.max(pausedUntilMs, untilMs);
      turnAwayLate();
    },
  };
}
