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
  /**
   * A request that had its turn has ended. Vultr counts it where it arrives, somewhere between its
   * start and its end: what it took longer than the fastest of its kind, it may have spent on its way.
   * Counting it from there as well keeps the limit where Vultr counts, and a latency that all requests
   * share costs no turn.
   *
   * @param kind requests of one kind take about the same work at Vultr
   * @param startedMs when its turn came, in milliseconds since the epoch
   */
  turnEnded(kind: string, startedMs: number): void;
  /** Nobody starts before `untilMs` (milliseconds since the epoch). Pauses only ever grow. */
  pauseUntil(untilMs: number): void;
}

/** The window of Vultr's limit, and two milliseconds for clocks that do not tick together. */
const secondMs = 1_002;

/**
 * The window that holds at most `requestsPerSecond` starts: a second and 1.5%. What leaves a second
 * apart may arrive closer together; {@link RateLimiter.turnEnded} takes care of larger differences.
 */
export const windowMs = 1_015;

interface Waiting {
  deadlineMs: number;
  answer: (mayStart: boolean) => void;
}

export function createRateLimiter(requestsPerSecond: number, clock: Clock): RateLimiter {
  const spacingMs = windowMs / requestsPerSecond;
  /** The latest starts, oldest first; at most one window's worth. */
  const starts: number[] = [];
  let startCount = 0;
  /** The shortest time from start to end, in milliseconds, by kind. */
  const fastestMs = new Map<string, number>();
  /** Requests that have ended, without the `forgottenEnded` that arrived first. */
  const ended: { kind: string; endMs: number }[] = [];
  let forgottenEnded = 0;
  let nextSlotMs = 0;
  let pausedUntilMs = 0;
  let queue: Waiting[] = [];
  let isServing = false;

  function earliestStartMs(): number {
    const oldest = starts.length < requestsPerSecond ? undefined : starts[0];
    return Math.max(
      nextSlotMs,
      pausedUntilMs,
      oldest === undefined ? 0 : oldest + windowMs,
      arrivalsAllowMs(),
    );
  }

  /** A second after the arrival that leaves at most one window's worth of arrivals in it. */
  function arrivalsAllowMs(): number {
    sortByArrival();
    const request = ended[startCount - requestsPerSecond - forgottenEnded];
    return request === undefined ? 0 : latestArrivalMs(request) + secondMs;
  }

  /** Judged by the fastest known today: the first of its kind, which opened a connection, was slow itself. */
  function latestArrivalMs({ kind, endMs }: { kind: string; endMs: number }): number {
    return endMs - (fastestMs.get(kind) ?? 0);
  }

  function sortByArrival(): void {
    ended.sort((a, b) => latestArrivalMs(a) - latestArrivalMs(b));
  }

  function noteStart(nowMs: number): void {
    nextSlotMs = slotMs(nowMs) + spacingMs;
    starts.push(nowMs);
    if (starts.length > requestsPerSecond) starts.shift();
    startCount += 1;
    sortByArrival();
    while (ended.length > 0 && forgottenEnded < startCount - requestsPerSecond) {
      ended.shift();
      forgottenEnded += 1;
    }
  }

  /** Slots follow the timetable, not the late timers, so small delays do not add up. */
  function slotMs(nowMs: number): number {
    return Math.max(earliestStartMs(), nowMs - spacingMs);
  }

  /** Tells those whose turn cannot come in time, as soon as that is known. */
  function turnAwayLate(): void {
    const nowMs = clock.now();
    const firstSlotMs = slotMs(nowMs);
    const kept: Waiting[] = [];
    for (const waiting of queue) {
      const startMs = Math.max(nowMs, firstSlotMs + kept.length * spacingMs);
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
      noteStart(nowMs);
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
    turnEnded(kind, startedMs) {
      const endMs = clock.now();
      fastestMs.set(kind, Math.min(endMs - startedMs, fastestMs.get(kind) ?? Infinity));
      ended.push({ kind, endMs });
    },
    pauseUntil(untilMs) {
      pausedUntilMs = Math.max(pausedUntilMs, untilMs);
      turnAwayLate();
    },
  };
}
