/** Time that passes only when somebody sleeps, so that tests of waiting are exact and take no time. */
export type ManualClock = ReturnType<typeof manualClock>;

export interface ManualClockOptions {
  /**
   * Where both clocks start, in milliseconds. Unless it is given they are far apart, so that it shows
   * where one is taken for the other.
   *
   * @default 2026-11-01T00:00:00Z for the wall clock, and 1,000,000 for the monotonic one
   */
  startMs?: number;
  /** Numbers in [0, 1). @default always 0.5 */
  random?: () => number;
}

/** Of several sleepers, the one that is due first wakes first. */
export function manualClock(options: ManualClockOptions = {}) {
  const { startMs, random = () => 0.5 } = options;
  const wallStartMs = startMs ?? Date.UTC(2026, 10, 1);
  const monotonicStartMs = startMs ?? 1_000_000;
  // Counted from zero: beside 2026 in milliseconds a short pause would be rounded away.
  let elapsedMs = 0;
  let wallClockErrorMs = 0;
  const sleepsMs: number[] = [];
  const sleepers: { dueMs: number; wake: () => void }[] = [];

  function wakeNext(): void {
    sleepers.sort((a, b) => a.dueMs - b.dueMs);
    const next = sleepers.shift();
    if (next === undefined) return;
    elapsedMs = Math.max(elapsedMs, next.dueMs);
    next.wake();
  }

  return {
    /** Every pause asked for, in milliseconds, in order. */
    sleepsMs: sleepsMs as readonly number[],
    now: () => wallStartMs + elapsedMs + wallClockErrorMs,
    monotonicMs: () => monotonicStartMs + elapsedMs,
    random,
    /** Moves time on. */
    advance(ms: number) {
      elapsedMs += ms;
    },
    /** Sets the wall clock alone: forward, or back by a negative number. No time passes. */
    jumpWallClock(ms: number) {
      wallClockErrorMs += ms;
    },
    sleep(ms: number) {
      sleepsMs.push(ms);
      return new Promise<void>((resolve) => {
        sleepers.push({ dueMs: elapsedMs + ms, wake: resolve });
        setImmediate(wakeNext);
      });
    },
  };
}
