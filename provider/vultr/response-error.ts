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

/**
 * The error for an answer outside 2xx.
 *
 * Sources: 401 texts as seen live (`Invalid API token.`: alchemy-vultr; `Unauthorized IP address`:
 * cert-manager-webhook-vultr #105); 429 with `Retry-After` is documented; 504 HTML pages:
 * ansible-collection-vultr PR #104.
 *
 * @param action what was asked; completes the sentence "could not …"
 * @param nowMs needed for a `Retry-After` that is a date
 */
export function errorFromAnswer(answer: RawAnswer, action: string, nowMs: number): ApiError {
  const { reason, fromVultr } = readingOf(answer);
  const parts = (hint: string): ApiErrorParts => ({
    message: `could not ${action}: Vultr answered ${answer.status}, ${reason}`,
    hint,
    status: answer.status,
    reason,
    fromVultr,
  });
  if ((answer.status === 401 || answer.status === 403) && addressRefusal.test(reason))
    return new IpNotAllowedError(parts(addressHint(reason)));
  switch (answer.status) {
    case 400:
      return new BadRequestError(parts(badRequestHint));
    case 401:
      return new AuthenticationError(
        parts(apiDisabled.test(reason) ? apiDisabledHint : unknownKeyHint),
      );
    case 403:
      if (!fromVultr) return new ServerError(parts(strangerHint));
      return new PermissionError(
        parts(apiDisabled.test(reason) ? apiDisabledHint : permissionHint),
      );
    case 404:
      return new NotFoundError(parts("Check that the user and the key exist at Vultr."));
    case 429: {
      const retryAfterMs = parseRetryAfterMs(answer.retryAfter, nowMs);
      return new RateLimitError({ ...parts(rateLimitHint), retryAfterMs });
    }
  }
  if (answer.status >= 500)
    return new ServerError(parts("Vultr, or a proxy before it, has trouble. Run again later."));
  if (answer.status >= 300 && answer.status < 400) return new ApiError(parts(redirectHint));
  return new ApiError(parts("This is not an answer that the API documents for this call."));
}

const badRequestHint =
  "Check the args. Vultr does not say more; a limit on keys of one user is one possible reason.";

const strangerHint =
  "This is not Vultr's own answer: a proxy or firewall may refuse. Run again later.";

const rateLimitHint =
  "Other clients share this address's limit. Run again later, or lower `vultr:requestsPerSecond`.";

const redirectHint =
  "Redirects are not followed, to keep the credential safe. Check `vultr:apiUrl`.";

const apiDisabled = /api.{0,20}(disabled|not enabled)|(disabled|enable).{0,20}\bapi\b/i;
const apiDisabledHint =
  "Enable API access for the user who owns the management key (customer portal, Account, Users).";

const unknownKeyHint =
  "Vultr does not know the key, it has expired, or API access is off for its user. " +
  "Set a valid one: `pulumi config set --secret vultr:apiKey`, or the environment variable VULTR_API_KEY.";

const permissionHint =
  "Managing other users' keys takes the root user or the Manage Users permission (`manage_users`): " +
  "grant it to the owner of the management key, or use another key.";

/** Seen with 401 (cert-manager-webhook-vultr #105) and with 403 (tests of vultr/vultr-mcp). */
const addressRefusal = /unauthorized ip address(?::\s*([0-9a-f.:]+))?/i;

function addressHint(reason: string): string {
  const address = addressRefusal.exec(reason)?.[1] ?? "this machine's address";
  return (
    `The key itself is fine, but its owner's access control list lacks ${address}. ` +
    "Add it in the customer portal (Account, API, Access Control), or run from an allowed address."
  );
}

/**
 * What an answer says, in one line of at most 200 characters (Vultr's `error`, or what came instead), and
 * whether it is Vultr that says it.
 */
function readingOf(answer: RawAnswer): Pick<ApiErrorParts, "reason" | "fromVultr"> {
  const text = answer.text.trim();
  const body = jsonOf(text);
  if (typeof body === "object" && body !== null && "error" in body) {
    const said = typeof body.error === "string" ? body.error : JSON.stringify(body.error);
    return { reason: quote(said), fromVultr: true };
  }
  return { reason: whatCameInstead(answer, text), fromVultr: false };
}

function whatCameInstead({ contentType }: RawAnswer, text: string): string {
  if (text === "") return "with an empty body";
  if (!/html/i.test(contentType) && !text.startsWith("<"))
    return "an answer that is not Vultr's JSON";
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
  return title === undefined ? "an HTML page" : `an HTML page titled ${quote(title)}`;
}

/**
 * The status that a success denies in its body: `{"error": …, "status": 403}` inside a 2xx is that
 * status's answer (govultr reads error bodies whatever the status, since PR 477).
 */
export function statusDeniedBy(body: unknown): number | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  if (!("error" in body && "status" in body)) return undefined;
  const { status } = body;
  return typeof status === "number" && status >= 400 && status <= 599 ? status : undefined;
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
