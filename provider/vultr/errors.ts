/**
 * Everything that can go wrong, as classes. Callers branch on the class; people read the message
 * and the hint. Nothing in an error is secret or steers a terminal: text is made safe with the error.
 */
import { oneLine, redact, redactCause } from "./redact";

const brand = Symbol.for("pulumi-vultr-user-api-key/error");

/** What every error of this package is made from. */
export interface ErrorParts {
  /** One sentence: could not «verb» «object»: «what happened». */
  message: string;
  /** The next step for the reader, as full sentences. */
  hint: string;
  /** What was caught, if anything. Kept redacted. */
  cause?: unknown;
}

/** The root of the hierarchy, and whatever nobody tells apart. A subclass exists if somebody branches on it. */
export class VultrError extends Error {
  override readonly name: string = "VultrError";
  /** What to do next. */
  readonly hint: string;
  /** @internal */
  readonly [brand] = true;

  constructor(parts: ErrorParts) {
    super(oneLine(parts.message));
    this.hint = oneLine(parts.hint);
    const cause = isVultrError(parts.cause) ? parts.cause : redactCause(parts.cause);
    if (cause !== undefined) this.cause = cause;
    this.stack = redact(this.stack ?? "");
  }
}

/** True for errors of this package, also of a second installed copy of it. */
export function isVultrError(value: unknown): value is VultrError {
  return typeof value === "object" && value !== null && brand in value;
}

/** What a caught value says, for messages. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** No answer arrived. */
export class ConnectionError extends VultrError {
  override readonly name = "ConnectionError";
  /** False only if the request provably never left. */
  readonly sent: boolean;
  /** False if trying again cannot help, as with an untrusted certificate. @default true */
  readonly mayPass: boolean;

  constructor(parts: ErrorParts & { sent: boolean; mayPass?: boolean }) {
    super(parts);
    this.sent = parts.sent;
    this.mayPass = parts.mayPass ?? true;
  }
}

type ApiErrorParts = ErrorParts &
  Pick<ApiError, "status" | "reason" | "fromVultr"> &
  Partial<Pick<ApiError, "retryAfterMs">>;

/** Vultr answered, and the answer is not a success. */
export class ApiError extends VultrError {
  override readonly name: string = "ApiError";
  /** HTTP status. */
  readonly status: number;
  /** What Vultr said, one line. */
  readonly reason: string;
  /** Is it Vultr's own JSON? A page of something in between says nothing about a key. */
  readonly fromVultr: boolean;
  /** Milliseconds that Vultr asked us to wait; undefined if it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(parts: ApiErrorParts) {
    super(parts);
    this.status = parts.status;
    this.reason = redact(parts.reason);
    this.fromVultr = parts.fromVultr;
    this.retryAfterMs = parts.retryAfterMs;
  }
}

/** 400: bad input, or on some routes a missing object. */
export class BadRequestError extends ApiError {
  override readonly name = "BadRequestError";
}

/** 401: the credential is not accepted. Never means that an object is gone. */
export class AuthenticationError extends ApiError {
  override readonly name = "AuthenticationError";
}

/** 401 or 403 with a good credential from an address that its owner's allowlist lacks. */
export class IpNotAllowedError extends ApiError {
  override readonly name = "IpNotAllowedError";
}

/** 403 in Vultr's own JSON: the credential authenticates, and lacks a permission. */
export class PermissionError extends ApiError {
  override readonly name = "PermissionError";
}

/** 404: the object, or the route, is missing. */
export class NotFoundError extends ApiError {
  override readonly name = "NotFoundError";
}

/** 429: turned away unprocessed. */
export class RateLimitError extends ApiError {
  override readonly name = "RateLimitError";
}

/** 5xx, or a 403 that is not Vultr's: something failed on the way. The request may have been carried out. */
export class ServerError extends ApiError {
  override readonly name = "ServerError";
}

/** A success whose body is not what the API documents. */
export class ResponseSchemaError extends VultrError {
  override readonly name = "ResponseSchemaError";
}

/** A key was asked to be deleted and is still there. */
export class UnconfirmedDeleteError extends VultrError {
  override readonly name = "UnconfirmedDeleteError";
}

/** The person canceled the run. */
export class CanceledError extends VultrError {
  override readonly name = "CanceledError";
}

/**
 * What `work` comes to, unless `signal` is aborted first; then `work` goes on unobserved.
 *
 * @throws {CanceledError} it was aborted, now or before
 */
export function unlessCanceled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const cancel = () => {
      reject(new CanceledError({ message: "canceled", hint: "Run the same command again." }));
    };
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", cancel);
    });
  });
}
