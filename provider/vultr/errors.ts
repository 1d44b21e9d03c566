/**
 * Everything that can go wrong, as classes. Callers branch on the class; people read the message
 * and the hint. Nothing in an error is secret: text is redacted when the error is made.
 */
import { redact, redactCause } from "./redact";

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

/** The root of the hierarchy; `code` is stable and meant for programs. */
export abstract class VultrError extends Error {
  abstract readonly code: string;
  /** What to do next. */
  readonly hint: string;
  /** @internal */
  readonly [brand] = true;

  constructor(parts: ErrorParts) {
    super(redact(parts.message));
    this.hint = redact(parts.hint);
    const cause = isVultrError(parts.cause) ? parts.cause : redactCause(parts.cause);
    if (cause !== undefined) this.cause = cause;
    this.stack = redact(this.stack ?? "");
  }

  toJSON(): object {
    return { name: this.name, code: this.code, message: this.message, hint: this.hint };
  }
}

/** True for errors of this package, also of a second installed copy of it. */
export function isVultrError(value: unknown): value is VultrError {
  return typeof value === "object" && value !== null && brand in value;
}

/** A setting is missing or malformed. */
export class ConfigError extends VultrError {
  override readonly name = "ConfigError" as const;
  override readonly code = "VULTR_CONFIG" as const;
}

/** No answer arrived. `sent` is false only where the request provably never left. */
export class ConnectionError extends VultrError {
  override readonly name: "ConnectionError" | "TimeoutError" = "ConnectionError";
  override readonly code: "VULTR_CONNECTION" | "VULTR_TIMEOUT" = "VULTR_CONNECTION";
  readonly sent: boolean;
  /** False where trying again cannot help, such as an untrusted certificate. */
  readonly mayPass: boolean;

  constructor(parts: ErrorParts & { sent: boolean; mayPass?: boolean }) {
    super(parts);
    this.sent = parts.sent;
    this.mayPass = parts.mayPass ?? true;
  }
}

/** A time limit ran out before a full answer arrived. */
export class TimeoutError extends ConnectionError {
  override readonly name = "TimeoutError" as const;
  override readonly code = "VULTR_TIMEOUT" as const;
}

/** What {@link ApiError} adds. */
export interface ApiErrorParts extends ErrorParts {
  /** HTTP status. */
  status: number;
  method: string;
  /** Path below the API's base address, without query. */
  path: string;
  /** What Vultr said, one line. */
  reason: string;
}

/** Vultr answered, and the answer is not a success. */
export class ApiError extends VultrError {
  override readonly name: string = "ApiError";
  override readonly code: string = "VULTR_API";
  readonly status: number;
  readonly method: string;
  readonly path: string;
  readonly reason: string;

  constructor(parts: ApiErrorParts) {
    super(parts);
    this.status = parts.status;
    this.method = parts.method;
    this.path = redact(parts.path);
    this.reason = redact(parts.reason);
  }

  override toJSON(): object {
    const { status, method, path, reason } = this;
    return { ...super.toJSON(), status, method, path, reason };
  }
}

/** 400: bad input, or on some routes a missing object. */
export class BadRequestError extends ApiError {
  override readonly name = "BadRequestError" as const;
  override readonly code = "VULTR_BAD_REQUEST" as const;
}

/** 401: the credential is not accepted. Never means that an object is gone. */
export class AuthenticationError extends ApiError {
  override readonly name = "AuthenticationError" as const;
  override readonly code = "VULTR_AUTHENTICATION" as const;
}

/** 401 with a good credential from an address that its owner's allowlist lacks. */
export class IpNotAllowedError extends ApiError {
  override readonly name = "IpNotAllowedError" as const;
  override readonly code = "VULTR_IP_NOT_ALLOWED" as const;
}

/** 403: the credential lacks a permission. */
export class PermissionError extends ApiError {
  override readonly name = "PermissionError" as const;
  override readonly code = "VULTR_PERMISSION" as const;
}

/** 404: the object, or the route, is missing. */
export class NotFoundError extends ApiError {
  override readonly name = "NotFoundError" as const;
  override readonly code = "VULTR_NOT_FOUND" as const;
}

/** 429: turned away unprocessed. */
export class RateLimitError extends ApiError {
  override readonly name = "RateLimitError" as const;
  override readonly code = "VULTR_RATE_LIMIT" as const;
  /** Milliseconds that Vultr asked us to wait; undefined where it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(parts: ApiErrorParts & { retryAfterMs: number | undefined }) {
    super(parts);
    this.retryAfterMs = parts.retryAfterMs;
  }
}

/** 5xx: Vultr, or something in front of it, failed. The request may have been carried out. */
export class ServerError extends ApiError {
  override readonly name = "ServerError" as const;
  override readonly code = "VULTR_SERVER" as const;
}

/** A success whose body is not what the API documents. */
export class ResponseSchemaError extends VultrError {
  override readonly name = "ResponseSchemaError" as const;
  override readonly code = "VULTR_RESPONSE_SCHEMA" as const;
}

/** No user, or more than one, has the e-mail address that the program names. */
export class UserLookupError extends VultrError {
  override readonly name = "UserLookupError" as const;
  override readonly code = "VULTR_USER_LOOKUP" as const;
}

/** A key may exist that no state knows; the message says where to look and what to run. */
export class UncertainCreateError extends VultrError {
  override readonly name = "UncertainCreateError" as const;
  override readonly code = "VULTR_UNCERTAIN_CREATE" as const;
}

/** A new key did not authenticate. It was deleted, unless the message says otherwise. */
export class VerificationError extends VultrError {
  override readonly name = "VerificationError" as const;
  override readonly code = "VULTR_VERIFICATION" as const;
}

/** A key was asked to be deleted and is still there. */
export class UnconfirmedDeleteError extends VultrError {
  override readonly name = "UnconfirmedDeleteError" as const;
  override readonly code = "VULTR_UNCONFIRMED_DELETE" as const;
}

/** A safety rule of this package forbids what was asked. */
export class RefusedError extends VultrError {
  override readonly name = "RefusedError" as const;
  override readonly code = "VULTR_REFUSED" as const;
}
