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

export function createRateLimiter(requestsPerSecond: number, clock: Clock): RateLimiter {
  const spacingMs = windowMs / requestsPerSecond;
  /** The latest starts, oldest first; at most one window's worth. */
  const starts: number[] = [];
  let nextSlotMs = 0;
  let pausedUntilMs = 0;
  let queue: Promise<unknown> = Promise.resolve();

  function earliestStartMs(): number {
    const oldest = starts.length < requestsPerSecond ? undefined : starts[0];
    return Math.max(nextSlotMs, pausedUntilMs, oldest === undefined ? 0 : oldest + windowMs);
  }

  async function waitForTurn(deadlineMs: number): Promise<boolean> {
    for (;;) {
      const nowMs = clock.now();
      const startMs = earliestStartMs();
      if (startMs > deadlineMs) return false;
      if (startMs <= nowMs) {
        // Slots follow the timetable, not the late timers, so small delays do not add up.
        nextSlotMs = Math.max(startMs, nowMs - spacingMs) + spacingMs;
        starts.push(nowMs);
        if (starts.length > requestsPerSecond) starts.shift();
        return true;
      }
      // A pause may have grown meanwhile: look again after waiting.
      await clock.sleep(startMs - nowMs);
    }
  }

  return {
    takeTurn(deadlineMs) {
      const turn = queue.then(() => waitForTurn(deadlineMs));
      queue = turn;
      return turn;
    },
    pauseUntil(untilMs) {
      pausedUntilMs = Math.max(pausedUntilMs, untilMs);
    },
  };
}
