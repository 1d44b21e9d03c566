/** What can go wrong on purpose: scripted per method and path, each a number of times, in order. */
import {
  type Answer,
  emptyAnswer,
  errorAnswer,
  gatewayPage,
  gzipped,
  htmlAnswer,
  jsonAnswer,
  rawAnswer,
  withHeaders,
} from "./answers";
import type { Switches } from "./switches";

/** Which requests a fault meets. All of them where nothing is said. */
export interface FaultTarget {
  method?: "GET" | "POST" | "DELETE";
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
  | { name: "late-key"; ms: number };

export interface Fault extends FaultTarget {
  kind: FaultKind;
}

/** An answer as a test scripts it. Without a body, a 5xx gets the one that the switch names. */
interface ScriptedResponse {
  status: number;
  json?: unknown;
  html?: string;
  /** Raw bytes, for bodies that are no JSON at all. */
  body?: string | Buffer;
  headers?: Record<string, string>;
}

export function respond(
  { afterWork = false, ...response }: ScriptedResponse & { afterWork?: boolean },
  target: FaultTarget = {},
): Fault {
  return { ...target, kind: { name: "respond", response, afterWork } };
}

export function tooManyRequests(
  { retryAfterSeconds }: { retryAfterSeconds?: number } = {},
  target: FaultTarget = {},
): Fault {
  const answer = { status: 429, json: { error: "rate limit exceeded", status: 429 } };
  if (retryAfterSeconds === undefined) return respond(answer, target);
  return respond({ ...answer, headers: { "retry-after": String(retryAfterSeconds) } }, target);
}

/** Answers `ms` milliseconds late. */
export function delay(
  { ms, afterWork = false }: { ms: number; afterWork?: boolean },
  target: FaultTarget = {},
): Fault {
  return { ...target, kind: { name: "delay", ms, afterWork } };
}

/** Cuts the connection before or after the work was done, or in the middle of the answer. */
export function cut(
  { when }: { when: "before-work" | "after-work" | "mid-body" },
  target: FaultTarget = {},
): Fault {
  return { ...target, kind: { name: "cut", when } };
}

/** Does the work, and sends half of the body as though it were all. */
export function truncate(target: FaultTarget = {}): Fault {
  return { ...target, kind: { name: "truncate" } };
}

/** The key that this create makes authenticates only `ms` milliseconds later. */
export function lateKey({ ms }: { ms: number }, target: FaultTarget = {}): Fault {
  return { method: "POST", ...target, kind: { name: "late-key", ms } };
}

/** The key that this create makes never authenticates. */
export function deadKey(target: FaultTarget = {}): Fault {
  return lateKey({ ms: Infinity }, target);
}

export type FaultScript = ReturnType<typeof createFaultScript>;

export function createFaultScript(first: readonly Fault[] = []) {
  let entries: (Fault & { count: number; skip: number })[] = [];
  const add = (...faults: readonly Fault[]) => {
    for (const fault of faults) entries.push({ count: 1, skip: 0, ...fault });
  };
  add(...first);
  return {
    add,
    clear: () => {
      entries = [];
    },
    /** The first fault that meets this request; it counts as used. */
    take(method: string, path: string): FaultKind | undefined {
      for (const entry of entries) {
        if (entry.count === 0 || !meets(entry, method, path)) continue;
        if (entry.skip === 0) {
          entry.count -= 1;
          return entry.kind;
        }
        entry.skip -= 1;
      }
      return undefined;
    },
  };
}

function meets({ method, path }: FaultTarget, ofMethod: string, ofPath: string): boolean {
  if (method !== undefined && method !== ofMethod) return false;
  if (path === undefined) return true;
  const pattern =
    typeof path === "string" ? new RegExp(`^${path.replaceAll("*", "[^/]*")}$`) : path;
  return ofPath.search(pattern) !== -1;
}

export function scriptedAnswer(
  { headers = {}, ...response }: ScriptedResponse,
  bodyOf5xx: Switches["serverErrorBody"],
): Answer {
  return withHeaders(bodyOf(response, bodyOf5xx), headers);
}

function bodyOf(
  { status, json, html, body }: ScriptedResponse,
  of5xx: Switches["serverErrorBody"],
): Answer {
  if (body !== undefined) return rawAnswer(status, body);
  if (html !== undefined) return htmlAnswer(status, html);
  if (json !== undefined) return jsonAnswer(status, json);
  if (status < 500) return errorAnswer(status, `Scripted ${status}.`);
  if (of5xx === "empty") return emptyAnswer(status);
  if (of5xx === "html") return gatewayPage(status);
  const answer = errorAnswer(status, "Internal server error.");
  return of5xx === "gzip" ? gzipped(answer) : answer;
}
