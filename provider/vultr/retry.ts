/** Decides what may be sent again, and when. The table is the rule; the loop only follows it. */
import type { CallOptions } from "./client";
import type { Clock } from "./clock";
import {
  unlessCanceled,
  ConnectionError,
  RateLimitError,
  ResponseSchemaError,
  ServerError,
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
const maxAttempts = 6;

const firstBackoffMs = 500;
const longestBackoffMs = 20_000;
/** A throttled caller knows that Vultr is there: it comes back sooner. */
const longestThrottledBackoffMs = 5_000;

/**
 * How long the failed caller waits before its next attempt, in milliseconds: full jitter, anything
 * between nothing and a ceiling that doubles with each failure, but never less than a 429 asks for.
 *
 * @param failures failures so far, from 1
 */
export function backoffMs(error: unknown, failures: number, random: () => number): number {
  const isThrottled = error instanceof RateLimitError;
  const longestMs = isThrottled ? longestThrottledBackoffMs : longestBackoffMs;
  const jitterMs = Math.ceil(random() * Math.min(longestMs, firstBackoffMs * 2 ** (failures - 1)));
  return isThrottled ? Math.max(pauseMs(error), jitterMs) : jitterMs;
}

/** How long a 429 asks everybody to wait, in milliseconds; a second, the limit's window, where it does not say. */
function pauseMs(error: RateLimitError): number {
  return error.retryAfterMs ?? 1_000;
}

export interface RetryContext extends CallOptions {
  operation: Operation;
  /** Completes "could not …". */
  action: string;
  limiter: RateLimiter;
  clock: Clock;
}

/**
 * Sends until it succeeds, may not be repeated, has been tried {@link maxAttempts} times, or cannot
 * start before the deadline. A 429 pauses every caller of the limiter, not only this one.
 *
 * @throws whatever the last attempt threw; {@link ConnectionError} where not even one could start
 */
export async function sendWithRetry<T>(send: () => Promise<T>, context: RetryContext): Promise<T> {
  const { operation, limiter, clock, deadlineMs, signal } = context;
  let attempts = 0;
  let lastError: Error | undefined;
  for (let failures = 1; ; failures += 1) {
    if (!(await unlessCanceled(limiter.takeTurn(deadlineMs, signal), signal)))
      throw lastError ?? neverStarted(context);
    try {
      // Whether a key was made, only the answer tells: a create is waited for.
      return await unlessCanceled(send(), operation === "create" ? undefined : signal);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      lastError = error;
      const kind = failureKind(error);
      const waitMs = backoffMs(error, failures, clock.random);
      if (error instanceof RateLimitError) limiter.pauseUntil(clock.monotonicMs() + pauseMs(error));
      else attempts += 1;
      const tooLate = attempts >= maxAttempts || clock.monotonicMs() + waitMs > deadlineMs;
      if (tooLate || !retryPolicy[operation][kind]) throw error;
      await unlessCanceled(clock.sleep(waitMs), signal);
    }
  }
}

function neverStarted(context: RetryContext): ConnectionError {
  return new ConnectionError({
    message: `could not ${context.action}: no time is left for it, and this request was not sent`,
    hint:
      "One operation may take five minutes, or what the resource's customTimeouts allow, and Vultr may ask all clients " +
      "at this address to wait longer. Run again later, with longer customTimeouts if they are short.",
    sent: false,
  });
}
