/** An answer before it meets a socket, and the error bodies quoted in vultr-api.md §3. */
import { gzipSync } from "node:zlib";
import type { Switches } from "./switches";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Reasons a 400 gives. Only the first was seen live. */
const badRequestReason = "Bad request.";

/** Reasons a 401 gives. The last is made up: another wording than the two seen live. */
export const invalidToken = "Invalid API token.";
export const unauthorizedAddress = (address: string) => `Unauthorized IP address: ${address}`;
const otherUnauthorized = "Unauthorized.";

export function emptyAnswer(status: number): Answer {
  return { status, headers: {}, body: Buffer.alloc(0) };
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(value)),
  };
}

export function htmlAnswer(status: number, html: string): Answer {
  return { status, headers: { "content-type": "text/html" }, body: Buffer.from(html) };
}

export function errorAnswer(status: number, reason: string): Answer {
  return jsonAnswer(status, { error: reason, status });
}

export function badRequest(): Answer {
  return errorAnswer(400, badRequestReason);
}

export function notFound(): Answer {
  return errorAnswer(404, "Not found.");
}

export function forbidden(): Answer {
  return errorAnswer(403, "Forbidden.");
}

/** What a switch says of a key that works no more. */
export function deadKeyAnswer(choice: Switches["deletedKeyUsed"]): Answer {
  if (choice === "403") return forbidden();
  return errorAnswer(401, choice === "401" ? invalidToken : otherUnauthorized);
}

export function noManageUsersAnswer(status: Switches["noManageUsers"]): Answer {
  if (status === 403) return forbidden();
  return status === 404 ? notFound() : errorAnswer(401, otherUnauthorized);
}

/** `methods` as Vultr lists them after "Must be one of". */
export function methodNotAllowed(methods: readonly string[]): Answer {
  const list = methods.join(", ");
  const answer = errorAnswer(405, `Method not allowed. Must be one of: ${list}`);
  return withHeaders(answer, { allow: list });
}

/** A 4xx as the switch has it sent; any other answer as it is. */
export function refusalAs(form: Switches["refusalSent"], answer: Answer): Answer {
  if (form === "as-status" || answer.status < 400) return answer;
  const body = JSON.parse(answer.body.toString()) as { error: string };
  return jsonAnswer(200, form === "in-body" ? body : { error: body.error });
}

/** @param retryAfter value of the header; `null` leaves it out */
export function tooManyAnswer(retryAfter: string | null): Answer {
  const answer = errorAnswer(429, "rate limit exceeded");
  return retryAfter === null ? answer : withHeaders(answer, { "retry-after": retryAfter });
}

export function gatewayTimeout(): Answer {
  return htmlAnswer(504, gatewayPage(504));
}

/** The kind of page a gateway puts before an API that is down. */
export function gatewayPage(status: number): string {
  return `<html>\r\n<head><title>${status}</title></head>\r\n<body><center><h1>${status}</h1></center></body>\r\n</html>\r\n`;
}

export function withHeaders(answer: Answer, headers: Answer["headers"]): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

export function gzipped(answer: Answer): Answer {
  const smaller = withHeaders(answer, { "content-encoding": "gzip" });
  return { ...smaller, body: gzipSync(answer.body) };
}
