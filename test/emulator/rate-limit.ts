/** The limit of vultr-api.md §4: a sliding window over one second, for the one source address. */
const windowMs = 1_000;

export type RateLimit = ReturnType<typeof createRateLimit>;

/** @param requestsPerSecond `null` admits everything */
export function createRateLimit(requestsPerSecond: number | null) {
  let admittedAtMs: number[] = [];
  return {
    /** Counts a request and returns `null`, or turns it away, uncounted, and returns the seconds to wait. */
    admit(nowMs: number): number | null {
      if (requestsPerSecond === null) return null;
      admittedAtMs = admittedAtMs.filter((ms) => ms > nowMs - windowMs);
      const [oldestMs = nowMs] = admittedAtMs;
      if (admittedAtMs.length >= requestsPerSecond)
        return Math.max(1, Math.ceil((oldestMs + windowMs - nowMs) / 1_000));
      admittedAtMs.push(nowMs);
      return null;
    },
  };
}
