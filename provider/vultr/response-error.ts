/** The one place that turns an unsuccessful answer into an error, and the only reader of Vultr's texts. */
import {
  ApiError,
  type ApiErrorParts,
  AuthenticationError,
  BadRequestError,
  IpNotAllowedError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
} from "./errors";
import { redact } from "./redact";

/** An answer as it came, body decoded to text. */
export interface RawAnswer {
  status: number;
  /** `Retry-After`, verbatim. */
  retryAfter: string | undefined;
  contentType: string;
  text: string;
}

/** What was asked, in words: `action` completes the sentence "could not …". */
export interface Asked {
  action: string;
  method: string;
  path: string;
}

/**
 * The error for an answer outside 2xx.
 *
 * Sources: 401 texts as seen live (`Invalid API token.`: alchemy-vultr; `Unauthorized IP address`:
 * cert-manager-webhook-vultr #105); 429 with `Retry-After` is documented; 504 HTML pages:
 * ansible-collection-vultr PR #104.
 *
 * @param nowMs needed for a `Retry-After` that is a date
 */
export function errorFromAnswer(answer: RawAnswer, asked: Asked, nowMs: number): ApiError {
  const reason = reasonOf(answer);
  const parts = (hint: string): ApiErrorParts => ({
    message: `could not ${asked.action}: Vultr answered ${answer.status}, ${reason}`,
    hint,
    status: answer.status,
    method: asked.method,
    path: asked.path,
    reason,
  });
  switch (answer.status) {
    case 400:
      return new BadRequestError(
        parts(
          "Check the args. Vultr does not say more; a limit on keys of one user is one possible reason.",
        ),
      );
    case 401:
      return unauthorized(reason, parts);
    case 403:
      return forbidden(reason, parts);
    case 404:
      return new NotFoundError(parts("Check that the user and the key exist at Vultr."));
    case 429:
      return new RateLimitError({
        ...parts(
          "Other clients share this address's limit. Run again later, or lower `vultr:requestsPerSecond`.",
        ),
        retryAfterMs: parseRetryAfterMs(answer.retryAfter, nowMs),
      });
    default:
      if (answer.status >= 500)
        return new ServerError(parts("Vultr, or a proxy before it, has trouble. Run again later."));
      if (answer.status >= 300 && answer.status < 400)
        return new ApiError(
          parts("Redirects are not followed, to keep the credential safe. Check `vultr:apiUrl`."),
        );
      return new ApiError(parts("This is not an answer that the API documents for this call."));
  }
}

type Parts = (hint: string) => ApiErrorParts;

const apiDisabled = /api.{0,20}(disabled|not enabled)|(disabled|enable).{0,20}\bapi\b/i;
const apiDisabledHint =
  "Enable API access for the user who owns the management key (customer portal, Account, Users).";

function unauthorized(reason: string, parts: Parts): ApiError {
  const blocked = /unauthorized ip address(?::\s*([0-9a-f.:]+))?/i.exec(reason);
  if (blocked) {
    const address = blocked[1] ?? "this machine's address";
    return new IpNotAllowedError(
      parts(
        `The key itself is fine, but its owner's access control list lacks ${address}. ` +
          "Add it in the customer portal (Account, API, Access Control), or run from an allowed address.",
      ),
    );
  }
  if (apiDisabled.test(reason)) return new AuthenticationError(parts(apiDisabledHint));
  return new AuthenticationError(
    parts(
      "Vultr does not know the key, it has expired, or API access is off for its user. " +
        "Set a valid one: `pulumi config set --secret vultr:apiKey`, or the environment variable VULTR_API_KEY.",
    ),
  );
}

function forbidden(reason: string, parts: Parts): ApiError {
  if (apiDisabled.test(reason)) return new PermissionError(parts(apiDisabledHint));
  return new PermissionError(
    parts(
      "Managing other users' keys takes the root user or the Manage Users permission (`manage_users`): " +
        "grant it to the owner of the management key, or use another key.",
    ),
  );
}

/** One line of at most 200 characters: Vultr's `error`, or what came instead. */
function reasonOf(answer: RawAnswer): string {
  const text = answer.text.trim();
  if (text === "") return "with an empty body";
  const body = jsonOf(text);
  if (typeof body === "object" && body !== null && "error" in body)
    return quote(typeof body.error === "string" ? body.error : JSON.stringify(body.error));
  if (/html/i.test(answer.contentType) || text.startsWith("<")) {
    const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
    return title === undefined ? "an HTML page" : `an HTML page titled ${quote(title)}`;
  }
  return "an answer that is not Vultr's JSON";
}

/** Undefined where the text is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function quote(text: string): string {
  // Redacted before it is cut, because half a key is recognised by nobody.
  const line = redact(text.replace(/[\s\p{Cc}]+/gu, " ").trim());
  return `"${line.length > 200 ? `${line.slice(0, 200)}…` : line}"`;
}

/**
 * Milliseconds to wait for a `Retry-After` of seconds or an HTTP date; undefined where it says
 * neither. A date in the past means no wait.
 */
export function parseRetryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  if (!/^[a-z]{3,9},? .*\d:\d\d:\d\d/i.test(text)) return undefined; // Date.parse takes "-1" for a year
  const atMs = Date.parse(/GMT$/i.test(text) ? text : `${text} GMT`);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
