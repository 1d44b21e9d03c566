/**
 * One request for many askers. Two callers share an answer only where the request behind it started
 * late enough for both, so a list can never confirm something that happened after it was taken.
 */
import type { Clock } from "./clock";
import { CanceledError } from "./errors";

/** Runs a request; `onStart` is to be called at the moment it is sent. */
export type Run<T> = (onStart: () => void) => Promise<T>;

export function createSharedRead<T>(clock: Clock) {
  /** `startedMs` is undefined while the request waits for its turn. */
  const latest = new Map<string, { startedMs: () => number | undefined; answer: Promise<T> }>();

  return {
    /**
     * The answer to `run`, or to an equal request of somebody else: one that still waits for its turn,
     * or one that started at or after `notBeforeMs` of `clock.monotonicMs()`.
     */
    get(key: string, notBeforeMs: number, run: Run<T>): Promise<T> {
      const earlier = latest.get(key);
      if (earlier !== undefined && (earlier.startedMs() ?? Infinity) >= notBeforeMs)
        return earlier.answer.catch((error: unknown) => {
          // Who asked first was canceled. This caller may be a clean-up, which goes on; if not, its own signal ends its request.
          if (error instanceof CanceledError) return this.get(key, notBeforeMs, run);
          throw error;
        });
      let startedMs: number | undefined;
      const answer = run(() => (startedMs ??= clock.monotonicMs()));
      const entry = { startedMs: () => startedMs, answer };
      latest.set(key, entry);
      answer.catch(() => {
        if (latest.get(key) === entry) latest.delete(key); // a failure is nobody else's answer
      });
      return answer;
    },
    /** Forgets answers for `key` that started before now, because something changed. */
    invalidate(key: string): void {
      if (latest.get(key)?.startedMs() !== undefined) latest.delete(key);
    },
  };
}
