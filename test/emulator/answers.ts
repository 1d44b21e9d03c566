/** An answer before it meets a socket, and the error bodies quoted in vultr-api.md §3. */
import { gzipSync } from "node:zlib";
import type { Switches } from "./switches";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const answerOf = (status: number, type: string, body: string | Buffer): Answer => ({
  status,
  headers: { "content-type": type },
  body: Buffer.from(body),
});

export const emptyAnswer = (status: number): Answer => ({
  status,
  headers: {},
  body: Buffer.alloc(0),
});
export const jsonAnswer = (status: number, value: unknown) =>
  rawAnswer(status, JSON.stringify(value));
/** A body that claims to be JSON. */
export const rawAnswer = (status: number, body: string | Buffer) =>
  answerOf(status, "application/json", body);
export const htmlAnswer = (status: number, html: string) => answerOf(status, "text/html", html);
export const errorAnswer = (status: number, reason: string) =>
  jsonAnswer(status, { error: reason, status });

export const badRequest = errorAnswer(400, "Bad request.");
export const invalidToken = errorAnswer(401, "Invalid API token.");
/** Made up: another wording than the two seen live. */
export const otherUnauthorized = errorAnswer(401, "Unauthorized.");
export const forbidden = errorAnswer(403, "Forbidden.");
export const notFound = errorAnswer(404, "Not found.");

/** `methods` as Vultr lists them after "Must be one of". */
export function methodNotAllowed(methods: readonly string[]): Answer {
  const allow = methods.join(", ");
  return withHeaders(errorAnswer(405, `Method not allowed. Must be one of: ${allow}`), { allow });
}

/** A 4xx as the switch has it sent; any other answer as it is. */
export function refusalAs(form: Switches["refusalSent"], answer: Answer): Answer {
  if (form === "as-status" || answer.status < 400) return answer;
  const body = JSON.parse(answer.body.toString()) as { error: string };
  return jsonAnswer(200, form === "in-body" ? body : { error: body.error });
}

/** The kind of page a gateway puts before an API that is down. */
export const gatewayPage = (status: number) =>
  htmlAnswer(
    status,
    `<html>\r\n<head><title>${status}</title></head>\r\n<body><center><h1>${status}</h1></center></body>\r\n</html>\r\n`,
  );

export function withHeaders(answer: Answer, headers: Answer["headers"]): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

export function gzipped(answer: Answer): Answer {
  return { ...withHeaders(answer, { "content-encoding": "gzip" }), body: gzipSync(answer.body) };
}
