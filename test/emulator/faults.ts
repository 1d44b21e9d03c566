/** What can go wrong on purpose: scripted per method and path, each a number of times, in order. */
import {
  type Answer,
  emptyAnswer,
  errorAnswer,
  gatewayPage,
  gzipped,
  htmlAnswer,
  jsonAnswer,
  withHeaders,
} from "./answers";
import type { Switches } from "./switches";

type Method = "GET" | "POST" | "DELETE";

/** Which requests a fault meets. All of them where nothing is said. */
export interface FaultTarget {
  method?: Method;
  /** Path without `/v2` and query; in a string `*` stands for one segment. */
  path?: string | RegExp;
  /** How many requests it meets. @default 1 */
  count?: number;
  /** How many matching requests pass unharmed first; those an earlier fault met do not count. @default 0 */
  skip?: number;
}

export type FaultKind =
  | { name: "respond"; response: ScriptedResponse; afterWork: boolean }
  | { name: "delay"; ms: number; afterWork: boolean }
  | { name: "cut"; when: "before-work" | "after-work" | "mid-body" }
  | { name: "truncate" }
  | { name: "late-key"; ms: number }
  | { name: "dead-key" };

export interface Fault extends FaultTarget {
  kind: FaultKind;
}

/** An answer as a test scripts it. Without a body, a 5xx gets the one that the switch names. */
export interface ScriptedResponse {
  status: number;
  json?: unknown;
  html?: string;
  /** Raw bytes, for bodies that are no JSON at all. */
  body?: string | Buffer;
  headers?: Record<string, string>;
}

export function respond(
  response: ScriptedResponse & { afterWork?: boolean },
  target: FaultTarget = {},
): Fault {
  const { afterWork = false, ...rest } = response;
  return { ...target, kind: { name: "respond", response: rest, afterWork } };
}

export function tooManyRequests(
  { retryAfterSeconds }: { retryAfterSeconds?: number } = {},
  target: FaultTarget = {},
): Fault {
  const headers =
    retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  return respond(
    { status: 429, json: { error: "rate limit exceeded", status: 429 }, headers },
    target,
  );
}

/** Answers `ms` milliseconds late. */
export function delay(how: { ms: number; afterWork?: boolean }, target: FaultTarget = {}): Fault {
  return { ...target, kind: { name: "delay", ms: how.ms, afterWork: how.afterWork ?? false } };
}

/** Cuts the connection before or after the work was done, or in the middle of the answer. */
export function cut(
  how: { when: "before-work" | "after-work" | "mid-body" },
  target: FaultTarget = {},
): Fault {
  return { ...target, kind: { name: "cut", when: how.when } };
}

/** Does the work, and sends half of the body as though it were all. */
export function truncate(target: FaultTarget = {}): Fault {
  return { ...target, kind: { name: "truncate" } };
}

/** The key that this create makes authenticates only `ms` milliseconds later. */
export function lateKey(how: { ms: number }, target: FaultTarget = {}): Fault {
  return { method: "POST", ...target, kind: { name: "late-key", ms: how.ms } };
}

/** The key that this create makes never authenticates. */
export function deadKey(target: FaultTarget = {}): Fault {
  return { method: "POST", ...target, kind: { name: "dead-key" } };
}

export type FaultScript = ReturnType<typeof createFaultScript>;

export function createFaultScript() {
  let entries: { fault: Fault; skip: number; count: number }[] = [];
  return {
    add(faults: readonly Fault[]) {
      for (const fault of faults)
        entries.push({ fault, skip: fault.skip ?? 0, count: fault.count ?? 1 });
    },
    clear() {
      entries = [];
    },
    /** The first fault that meets this request; it counts as used. */
    take(method: string, path: string): FaultKind | undefined {
      for (const entry of entries) {
        if (entry.count <= 0 || !meets(entry.fault, method, path)) continue;
        if (entry.skip > 0) {
          entry.skip -= 1;
          continue;
        }
        entry.count -= 1;
        return entry.fault.kind;
      }
      return undefined;
    },
  };
}

function meets(fault: FaultTarget, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method !== method) return false;
  if (fault.path === undefined) return true;
  if (fault.path instanceof RegExp) return path.search(fault.path) !== -1;
  const wanted = fault.path.split("/");
  const given = path.split("/");
  return (
    wanted.length === given.length && wanted.every((part, at) => part === "*" || part === given[at])
  );
}

export function scriptedAnswer(
  response: ScriptedResponse,
  bodyOf5xx: Switches["serverErrorBody"],
): Answer {
  const { status, json, html, body, headers = {} } = response;
  return withHeaders(bodyOf(), headers);

  function bodyOf(): Answer {
    if (body !== undefined)
      return { status, headers: { "content-type": "application/json" }, body: Buffer.from(body) };
    if (html !== undefined) return htmlAnswer(status, html);
    if (json !== undefined) return jsonAnswer(status, json);
    if (status < 500) return errorAnswer(status, `Scripted ${status}.`);
    if (bodyOf5xx === "empty") return emptyAnswer(status);
    if (bodyOf5xx === "html") return htmlAnswer(status, gatewayPage(status));
    const answer = errorAnswer(status, "Internal server error.");
    return bodyOf5xx === "gzip" ? gzipped(answer) : answer;
  }
}
