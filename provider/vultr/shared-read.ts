/**
 * One request for many askers. Two callers share an answer only where the request behind it started
 * late enough for both, so a list can never confirm something that happened after it was taken.
 */
import type { Clock } from "./clock";

/** Runs a request; `onStart` is to be called at the moment it is sent. */
export type Run<T> = (onStart: () => void) => Promise<T>;

export interface SharedRead<T> {
  /**
   * The answer to `run`, or to an equal request of somebody else: one that still waits for its turn,
   * or one that started at or after `notBeforeMs` of `clock.monotonicMs()`.
   */
  get(key: string, notBeforeMs: number, run: Run<T>): Promise<T>;
  /** Forgets answers for `key` that started before now, because something changed. */
  invalidate(key: string): void;
}

interface Entry<T> {
  /** Undefined while the request waits for its turn. */
  startedMs: () => number | undefined;
  answer: Promise<T>;
}

export function createSharedRead<T>(clock: Clock): SharedRead<T> {
  const latest = new Map<string, Entry<T>>();

  function start(key: string, run: Run<T>): Promise<T> {
    let startedMs: number | undefined;
    const answer = run(() => (startedMs ??= clock.monotonicMs()));
    const entry: Entry<T> = { startedMs: () => startedMs, answer };
    latest.set(key, entry);
    answer.catch(() => {
      if (latest.get(key) === entry) latest.delete(key); // a failure is nobody else's answer
    });
    return answer;
  }

  return {
    get(key, notBeforeMs, run) {
      const entry = latest.get(key);
      const fits = entry !== undefined && (entry.startedMs() ?? Infinity) >= notBeforeMs;
      return fits ? entry.answer : start(key, run);
    },
    invalidate(key) {
      const entry = latest.get(key);
      if (entry?.startedMs() !== undefined) latest.delete(key);
    },
  };
}
