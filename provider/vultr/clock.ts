/** Time: the clock that everything waits by, and times as text. */

/** Time and chance as parameters, so that waiting can be tested without waiting. */
export interface Clock {
  /** Wall time, milliseconds since the epoch: for ages and expiries only. It may jump. */
  now: () => number;
  /** Milliseconds since some fixed moment: for limits, pauses and deadlines. It only ever grows. */
  monotonicMs: () => number;
  /** Resolves after `ms` milliseconds. */
  sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1). */
  random: () => number;
}

/** The real clock of this process. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: () => Math.random(),
};

/** RFC 3339 in UTC, whole seconds: `2031-06-30T00:00:00Z`. */
export function formatUtc(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/**
 * A time as Vultr writes it (`…Z`, `+00:00`, or with no zone, which means UTC) as {@link formatUtc}
 * writes it. Undefined if it is no time.
 */
export function toUtc(time: string): string | undefined {
  const text = time.trim();
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined; // Date.parse takes "7" for July
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text.replace(" ", "T")}Z`;
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? undefined : formatUtc(ms);
}
