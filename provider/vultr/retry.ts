/** Decides what may be sent again, and when. The table is the rule; the loop only follows it. */
import type { Clock } from "./clock";
import {
  ConnectionError,
  RateLimitError,
  ResponseSchemaError,
  ServerError,
  TimeoutError,
} from "./errors";
import type { RateLimiter } from "./rate-limit";

/** What a request does at Vultr. */
export type Operation = "read" | "delete" | "create";

/** How a request failed. */
export type FailureKind =
  /** 429: turned away unprocessed. */
  | "throttled"
  /** The connection was never made, so nothing can have happened. */
  | "unsent"
  /** 5xx, a broken connection, silence, an unreadable body: anything may have happened. */
  | "transient"
  /** Asking again would bring the same answer. */
  | "permanent";

/** May we send it again? A row per operation, a column per kind of failure. */
export const retryPolicy = {
  read: { throttled: true, unsent: true, transient: true, permanent: false },
  delete: { throttled: true, unsent: true, transient: true, permanent: false },
  // After a 5xx or silence a key may already exist, so a create is not repeated blindly.
  create: { throttled: true, unsent: true, transient: false, permanent: false },
} as const satisfies Record<Operation, Record<FailureKind, boolean>>;

export function failureKind(error: unknown): FailureKind {
  if (error instanceof RateLimitError) return "throttled";
  if (error instanceof ConnectionError) {
    if (!error.mayPass) return "permanent";
    return error.sent ? "transient" : "unsent";
  }
  if (error instanceof ServerError || error instanceof ResponseSchemaError) return "transient";
  return "permanent";
}

/** Attempts at a request that keeps failing. Being throttled does not count: only the deadline ends that. */
export const maxAttempts = 6;

const firstBackoffMs = 500;
const longestBackoffMs = 20_000;

/**
 * How long to wait before the next attempt, in milliseconds. Retry-After is honoured in full;
 * otherwise full jitter: anything between nothing and a ceiling that doubles with each attempt.
 *
 * @param failures failures so far, from 1
 */
export function backoffMs(error: unknown, failures: number, random: () => number): number {
  if (error instanceof RateLimitError && error.retryAfterMs !== undefined)
    return error.retryAfterMs;
  const ceilingMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failures - 1));
  const jitterMs = Math.ceil(random() * ceilingMs);
  // A 429 that does not say how long: a second is the documented window of the limit.
  return error instanceof RateLimitError ? 1_000 + jitterMs : jitterMs;
}

export interface RetryContext {
  operation: Operation;
  /** Completes "could not …". */
  action: string;
  /** Milliseconds since the epoch after which nothing new is started. */
  deadlineMs: number;
  limiter: RateLimiter;
  clock: Clock;
}

/**
 * Sends until it succeeds, may not be repeated, has been tried {@link maxAttempts} times, or cannot
 * start before the deadline. A 429 pauses every caller of the limiter, not only this one.
 *
 * @throws whatever the last attempt threw; {@link TimeoutError} where not even one could start
 */
export async function sendWithRetry<T>(send: () => Promise<T>, context: RetryContext): Promise<T> {
  const { operation, limiter, clock, deadlineMs } = context;
  let attempts = 0;
  let lastError: Error | undefined;
  for (let failures = 1; ; failures += 1) {
    if (!(await limiter.takeTurn(deadlineMs))) throw lastError ?? neverStarted(context);
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      lastError = error;
      const kind = failureKind(error);
      const waitMs = backoffMs(error, failures, clock.random);
      if (kind === "throttled") limiter.pauseUntil(clock.now() + waitMs);
      else attempts += 1;
      const tooLate = attempts >= maxAttempts || clock.now() + waitMs > deadlineMs;
      if (tooLate || !retryPolicy[operation][kind]) throw error;
      if (kind !== "throttled") await clock.sleep(waitMs);
    }
  }
}

function neverStarted(context: RetryContext): TimeoutError {
  return new TimeoutError({
    message: `could not ${context.action}: the rate limit leaves no time for it before the deadline`,
    hint: "Vultr asked all clients at this address to wait. Run again later; nothing was sent.",
    sent: false,
  });
}
