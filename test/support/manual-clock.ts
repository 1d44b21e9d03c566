/** Time that passes only when somebody sleeps, so that tests of waiting are exact and take no time. */
import type { Clock } from "../../provider/vultr/clock";

export interface ManualClock extends Clock {
  /** Every pause asked for, in milliseconds, in order. */
  readonly sleepsMs: readonly number[];
  /** Moves time on. */
  advance(ms: number): void;
}

export interface ManualClockOptions {
  /** Milliseconds since the epoch. @default 2026-11-01T00:00:00Z */
  startMs?: number;
  /** Numbers in [0, 1). @default always 0.5 */
  random?: () => number;
}

/** Of several sleepers, the one that is due first wakes first. */
export function manualClock(options: ManualClockOptions = {}): ManualClock {
  const { startMs = Date.UTC(2026, 10, 1), random = () => 0.5 } = options;
  let nowMs = startMs;
  const sleepsMs: number[] = [];
  const sleepers: { dueMs: number; wake: () => void }[] = [];

  function wakeNext(): void {
    sleepers.sort((a, b) => a.dueMs - b.dueMs);
    const next = sleepers.shift();
    if (next === undefined) return;
    nowMs = Math.max(nowMs, next.dueMs);
    next.wake();
  }

  return {
    sleepsMs,
    now: () => nowMs,
    random,
    advance(ms) {
      nowMs += ms;
    },
    sleep(ms) {
      sleepsMs.push(ms);
      return new Promise((resolve) => {
        sleepers.push({ dueMs: nowMs + ms, wake: resolve });
        setImmediate(wakeNext);
      });
    },
  };
}
