/**
 * Turns what went wrong into errors: a request without a usable answer, or an answer that is no
 * success. The only reader of Vultr's texts.
 */
import { word } from "../words";
import {
  ApiError,
  AuthenticationError,
  BadRequestError,
  ConnectionError,
  IpNotAllowedError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ResponseSchemaError,
  ServerError,
} from "./errors";
import { isErrorLike, redact } from "./redact";

/** Codes of failures before a single byte of the request could leave, but for those of a connection that stood. */
const unsentCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_PRX_CONN", // the proxy hung up before there was a tunnel
]);

/** TLS refuses the server's certificate: nothing was sent, and trying again changes nothing. */
const certificateCode =
  /^(CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|ERR_SSL_WRONG_VERSION)/;

/** What unpacking throws. */
const unpackingCode = /^(Z_|ERR_BUFFER_TOO_LARGE)/;

/**
 * The error for whatever the HTTP client threw: did the request leave, and may another try help?
 *
 * @param action what was asked; completes the sentence "could not …"
 */
export function connectionError(error: unknown, action: string, apiUrl: string): Error {
  const thrown: NodeJS.ErrnoException = isErrorLike(error) ? error : new Error();
  const { name, message: text, syscall = "" } = thrown;
  const code = typeof thrown.code === "string" ? thrown.code : ""; // that of a DOMException is a number
  const hadConnection = /^(read|write)/.test(syscall);
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE")
    return unreadable(action, "its body is too large", error);
  if (unpackingCode.test(code))
    return unreadable(action, "its compressed body cannot be read", error);
  const { host } = new URL(apiUrl);
  const failed = (what: string, hint: string, sent: boolean, mayPass: boolean) => {
    const message = `could not ${action}: ${what}`;
    return new ConnectionError({ message, hint, cause: error, sent, mayPass });
  };
  if (certificateCode.test(code)) {
    const hint = "Behind a proxy that inspects TLS, name its certificate in NODE_EXTRA_CA_CERTS.";
    return failed(`the certificate of ${host} is not trusted (${code})`, hint, false, false);
  }
  if (/proxy response/i.test(text)) {
    const hint = "Check HTTPS_PROXY and NO_PROXY.";
    return failed("the proxy refused to connect", hint, false, false);
  }
  if (unsentCodes.has(code) && !hadConnection) {
    const hint = `Check the network, HTTPS_PROXY and ${word.apiUrl}. Then run again.`;
    return failed(`no connection to ${host} (${code})`, hint, false, true);
  }
  if (name === "TimeoutError" || code.endsWith("_TIMEOUT") || code === "ETIMEDOUT")
    return failed(`${host} did not answer in time`, "Run again later.", true, true);
  const why = code === "" ? "" : ` (${code})`;
  return failed(`the connection to ${host} broke${why}`, "Run again.", true, true);
}

/** A success that cannot be read. */
export function unreadable(action: string, what: string, cause?: unknown): ResponseSchemaError {
  return new ResponseSchemaError({
    message: `could not ${action}: Vultr reported success, but ${what}`,
    hint: `Check ${word.apiUrl}, and whether a proxy changes answers. Then run again.`,
    cause,
  });
}

/** An answer as it came, body decoded to text. */
export interface RawAnswer {
  status: number;
  /** `Retry-After`, verbatim. */
  retryAfter: string | undefined;
  contentType: string;
  text: string;
  /** What it counts as, if its body denies its status. @default status */
  meansStatus?: number;
  /** Something was to be created. @default false */
  isOfCreate?: boolean;
}

/** What to do if a credential may not manage other users' keys. */
export const permissionHint =
  "Managing other users' keys takes the root user or the Manage Users permission (`manage_users`): " +
  `grant it to the owner of the management key, or use another key, in ${word.placeOfKey}.`;

/** Follows the hint of a 400, of a create alone: where the deletion after a rotation is refused, the args of before would rotate once more. */
const refusedCreateHint =
  " Possible reasons are a limit on keys of one user (one that waits for its deletion counts: " +
  "`pulumi up` with the args from before the rotation revokes it), and an expiry that a slow clock of this machine puts into the past: " +
  "`npx pulumi-vultr-user-api-key doctor` compares it with Vultr's.";

/** Statuses whose meaning is theirs alone. */
const meanings: Record<number, [is: typeof ApiError, hint: string] | undefined> = {
  400: [BadRequestError, "Check the args. Vultr does not say more."],
  401: [
    AuthenticationError,
    `Vultr does not know the key, it has expired, or API access is off for its user. ${word.setKey}`,
  ],
  403: [PermissionError, permissionHint],
  404: [NotFoundError, "Check that the user and the key exist at Vultr."],
  429: [
    RateLimitError,
    `Other clients share this address's limit. Run again later, or lower ${word.requestsPerSecond}.`,
  ],
};

/** Seen with 401 (cert-manager-webhook-vultr #105) and with 403 (tests of vultr/vultr-mcp). */
const addressRefusal = /unauthorized ip address(?::\s*([0-9a-f.:]+))?/i;
const apiDisabled = /api.{0,20}(disabled|not enabled)|(disabled|enable).{0,20}\bapi\b/i;

/**
 * The error for an answer outside 2xx.
 *
 * Sources: 401 texts as seen live (`Invalid API token.`: alchemy-vultr); 429 with `Retry-After` is
 * documented; 504 HTML pages: ansible-collection-vultr PR #104.
 *
 * @param action what was asked; completes the sentence "could not …"
 * @param nowMs needed for a `Retry-After` that is a date
 * @param apiUrl the base address, if it may be the reason
 */
export function errorFromAnswer(
  answer: RawAnswer,
  action: string,
  nowMs: number,
  apiUrl?: string,
): ApiError {
  const { meansStatus: status = answer.status } = answer;
  const { reason, fromVultr } = readingOf(answer);
  const message = `could not ${action}: Vultr answered ${answer.status}, ${reason}`;
  const retryAfterMs = parseRetryAfterMs(answer.retryAfter, nowMs);
  const parts = (hint: string) => ({ message, hint, status, reason, fromVultr, retryAfterMs });
  const isRefusal = status === 401 || status === 403;
  const refused = isRefusal ? addressRefusal.exec(reason) : null;
  if (refused !== null) return new IpNotAllowedError(parts(addressHint(refused[1])));
  const [is, hint] = meaningOf(status, fromVultr);
  const isDisabled = isRefusal && apiDisabled.test(reason);
  if (isDisabled) return new is(parts(apiDisabledHint));
  if (status === 400 && answer.isOfCreate === true) return new is(parts(hint + refusedCreateHint));
  const isElsewhere = status === 404 && apiUrl?.endsWith("/v2") === false;
  return new is(parts(isElsewhere ? `${unlikeVultrHint} ${hint}` : hint));
}

const unlikeVultrHint = `Check ${word.apiUrl}: it does not end with /v2, as Vultr's own address, https://api.vultr.com/v2, does.`;
const apiDisabledHint =
  'Enable API access for the user who owns the management key: with a key of another administrator, send PATCH /users/{user-id} with {"api_enabled": true}.';

function meaningOf(status: number, fromVultr: boolean): [is: typeof ApiError, hint: string] {
  if (status >= 500)
    return [ServerError, "Vultr, or a proxy before it, has trouble. Run again later."];
  if (status === 403 && !fromVultr)
    return [
      ServerError,
      "This is not Vultr's own answer: a proxy or firewall may refuse. Run again later.",
    ];
  if (status >= 300 && status < 400)
    return [
      ApiError,
      `Redirects are not followed, to keep the credential safe. Check ${word.apiUrl}.`,
    ];
  const undocumented = "This is not an answer that the API documents for this call.";
  return meanings[status] ?? [ApiError, undocumented];
}

/** IPv4 and IPv6 are refused apart (vultr-csi #97), so the family helps to find the missing entry. */
function addressHint(address?: string): string {
  const family = address?.includes(":") === true ? "IPv6" : "IPv4";
  const lacks = address === undefined ? "this machine's address" : `${address} (${family})`;
  return (
    `The key itself is fine, but its owner's access control list lacks ${lacks}. ` +
    "Add it in Vultr's console (Manage Organization, Users, that user, API Access, Access Control List), or run from an allowed address."
  );
}

/**
 * What an answer says, in one line of at most 200 characters (Vultr's `error`, or what came instead), and
 * whether it is Vultr that says it.
 */
function readingOf({ contentType, text }: RawAnswer): { reason: string; fromVultr: boolean } {
  const body = jsonOf(text);
  if (isErrorBody(body)) return { reason: quote(body.error), fromVultr: true };
  return { reason: whatCameInstead(contentType, text.trim()), fromVultr: false };
}

function whatCameInstead(contentType: string, text: string): string {
  if (text === "") return "with an empty body";
  if (!/html/i.test(contentType) && !text.startsWith("<"))
    return "an answer that is not Vultr's JSON";
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
  return title === undefined ? "an HTML page" : `an HTML page titled ${quote(title)}`;
}

/** Vultr's own form of saying what is wrong. */
function isErrorBody(body: unknown): body is { error: unknown; status?: unknown } {
  return typeof body === "object" && body !== null && "error" in body;
}

/**
 * The status that a success denies in its body: `{"error": …, "status": 403}` inside a 2xx is that
 * status's answer (govultr reads error bodies whatever the status, since PR 477).
 */
export function statusDeniedBy(body: unknown): number | undefined {
  const status = isErrorBody(body) ? body.status : undefined;
  return typeof status === "number" && status >= 400 && status <= 599 ? status : undefined;
}

/** What an `error` in the body of a success says, quoted; undefined if there is none, or it is empty. */
export function wordsOfErrorIn(body: unknown): string | undefined {
  const error = isErrorBody(body) ? body.error : undefined;
  const isEmpty = error === undefined || error === null || error === false || error === "";
  return isEmpty ? undefined : quote(error);
}

/** Undefined if the text is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function quote(said: unknown): string {
  const text = typeof said === "string" ? said : JSON.stringify(said);
  // Redacted before it is cut, because half a key is recognised by nobody.
  const line = redact(text.replace(/[\s\p{Cc}]+/gu, " ").trim());
  return `"${line.length > 200 ? `${line.slice(0, 200)}…` : line}"`;
}

/**
 * Milliseconds to wait for a `Retry-After` of seconds or an HTTP date; undefined if it says
 * neither. A date in the past means no wait.
 */
export function parseRetryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  if (!/^[a-z]{3,9},? .*\d:\d\d:\d\d/i.test(text)) return undefined; // Date.parse takes "-1" for a year
  const atMs = Date.parse(/GMT$/i.test(text) ? text : `${text} GMT`);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
