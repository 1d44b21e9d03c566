/** The limit of vultr-api.md §4: a sliding window over one second, for the one source address. */

const windowMs = 1_000;

export type RateLimit = ReturnType<typeof createRateLimit>;

/**
 * Admits at most `requestsPerSecond` requests in any 1,000 ms. Those turned away do not count, or
 * an eager client would never get in again.
 *
 * @param requestsPerSecond `null` admits everything
 */
export function createRateLimit(requestsPerSecond: number | null) {
  const admittedAtMs: number[] = [];
  return {
    /** Counts a request and returns `null`, or turns it away and returns the seconds to wait. */
    admit(nowMs: number): number | null {
      if (requestsPerSecond === null) return null;
      while (admittedAtMs[0] !== undefined && admittedAtMs[0] <= nowMs - windowMs) {
        admittedAtMs.shift();
      }
      if (admittedAtMs.length < requestsPerSecond) {
        admittedAtMs.push(nowMs);
        return null;
      }
      const freeAtMs = (admittedAtMs[0] ?? nowMs) + windowMs;
      return Math.max(1, Math.ceil((freeAtMs - nowMs) / 1_000));
    },
  };
}
