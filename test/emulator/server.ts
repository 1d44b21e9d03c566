/** A request's way: log, fault, limit, caller, route, answer. The only file with sockets. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

import {
  type Answer,
  gatewayTimeout,
  jsonAnswer,
  notFound,
  refusalAs,
  tooManyAnswer,
} from "./answers";
import { authenticate, keyOfHeader } from "./authentication";
import { type FaultKind, type FaultScript, scriptedAnswer } from "./faults";
import type { RateLimit } from "./rate-limit";
import { route } from "./routes";
import type { EmulatedAccount, EmulatedKey } from "./state";

/** What is remembered of every request, so that a test can ask what a client really sent. */
export interface LoggedRequest {
  /** When the headers arrived, by the emulator's clock. */
  readonly atMs: number;
  readonly method: string;
  /** Without `/v2` and without the query. */
  readonly path: string;
  /** As sent, without `?`; `""` if there was none. */
  readonly query: string;
  /** `null` while there is no answer, and for ever if the connection was cut before one. */
  readonly status: number | null;
  /** Id of the key in `Authorization`, even of a dead one; `null` if it is none of ours. */
  readonly callerKeyId: string | null;
  readonly userAgent: string;
  /** Whether a scripted fault had a part in the answer. */
  readonly faulted: boolean;
}

/** An entry that its request completes as it goes along. */
export type OpenRequest = { -readonly [Field in keyof LoggedRequest]: LoggedRequest[Field] };

export interface ServerParts {
  account: EmulatedAccount;
  faults: FaultScript;
  /** In the order of arrival. */
  requests: OpenRequest[];
  limit: RateLimit;
  rewrite?: Rewrite;
}

/** Another body for what a path answers. */
export type Rewrite = (path: string, body: unknown) => unknown;

/** How an answer leaves: whole, cut short, or not at all. */
type Delivery = "whole" | "truncated" | "mid-body" | "never" | "cut";

export async function startServer(parts: ServerParts, port: number) {
  const closing = new AbortController();
  const flaps = new Map<string, number>();
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { account, faults, requests } = parts;
    const url = new URL(`http://emulator${request.url ?? "/"}`);
    const path = url.pathname.replace(/^\/v2(?=\/|$)/, "");
    const method = request.method ?? "GET";
    const key = keyOfHeader(account, request.headers.authorization);
    const fault = faults.take(method, path);
    const entry: OpenRequest = {
      atMs: account.now(),
      method,
      path,
      query: url.search.slice(1),
      callerKeyId: key?.id ?? null,
      userAgent: request.headers["user-agent"] ?? "",
      status: null,
      faulted: fault !== undefined,
    };
    requests.push(entry);
    const body = await bodyOf(request);
    if (fault?.name === "delay" && !fault.afterWork) await pause(fault.ms);
    if (fault?.name === "cut" && fault.when === "before-work") {
      request.socket.destroy();
      return;
    }
    if (fault?.name === "respond" && !fault.afterWork) {
      deliver(response, entry, scripted(fault), "whole");
      return;
    }
    const isOurs = url.pathname.startsWith("/v2/");
    let creates = 0;
    const answer = isOurs ? work() : notFound();
    if (fault?.name === "delay" && fault.afterWork) await pause(fault.ms);
    const lost = creates > 0 ? account.switches().lostCreateReply : "off";
    response.setHeader("date", new Date(account.now()).toUTCString());
    if (lost === "504-html") deliver(response, entry, gatewayTimeout(), "whole");
    else if (fault?.name === "respond") deliver(response, entry, scripted(fault), "whole");
    else deliver(response, entry, answer, deliveryOf(fault, lost));

    function work(): Answer {
      const retryAfterSeconds = parts.limit.admit(account.now());
      if (retryAfterSeconds !== null) {
        const says = account.switches().retryAfter === "sent" ? String(retryAfterSeconds) : null;
        return tooManyAnswer(says);
      }
      const caller = authenticate(account, key, (used) => findsKey("use", used));
      const { refusalSent } = account.switches();
      if ("status" in caller) return refusalAs(refusalSent, caller);
      const answer = route(account, {
        method,
        path,
        query: url.searchParams,
        json: jsonIn(body),
        caller,
        newKeyUsableAfterMs: usableAfterMs(fault),
        onCreated: () => (creates += 1),
        findsKey,
      });
      if (answer.status >= 400) return refusalAs(refusalSent, answer);
      if (parts.rewrite === undefined || answer.body.length === 0) return answer;
      return jsonAnswer(answer.status, parts.rewrite(path, JSON.parse(answer.body.toString())));
    }
  }

  function scripted(fault: Extract<FaultKind, { name: "respond" }>): Answer {
    return scriptedAnswer(fault.response, parts.account.switches().serverErrorBody);
  }

  /** A flapping key is missed in the first, third and fifth look of each kind. */
  function findsKey(look: "list" | "read" | "use", key: EmulatedKey): boolean {
    if (parts.account.switches().newKey !== "flapping" || key.settled) return true;
    const seen = `${look} ${key.id}`;
    const count = (flaps.get(seen) ?? 0) + 1;
    flaps.set(seen, count);
    return count > 5 || count % 2 === 0;
  }

  const pause = (ms: number) => wait(ms, undefined, { signal: closing.signal });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}/v2`,
    /** Ends open connections and waiting answers at once. */
    close: () =>
      new Promise<void>((resolve) => {
        closing.abort();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Of the key that a create makes; undefined where no fault has a say. */
function usableAfterMs(fault: FaultKind | undefined): number | undefined {
  if (fault?.name === "late-key") return fault.ms;
  return fault?.name === "dead-key" ? Infinity : undefined;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}

function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body.trim() === "" ? "{}" : body) as unknown;
  } catch {
    return undefined;
  }
}

function deliveryOf(fault: FaultKind | undefined, lost: "off" | "reset" | "timeout"): Delivery {
  if (lost === "reset") return "cut";
  if (lost === "timeout") return "never";
  if (fault?.name === "truncate") return "truncated";
  if (fault?.name !== "cut") return "whole";
  return fault.when === "mid-body" ? "mid-body" : "cut";
}

function deliver(
  response: ServerResponse,
  entry: OpenRequest,
  answer: Answer,
  delivery: Delivery,
): void {
  if (delivery === "never") return;
  if (delivery === "cut") {
    response.socket?.destroy();
    return;
  }
  entry.status = answer.status;
  const half = answer.body.subarray(0, Math.floor(answer.body.length / 2));
  const body = delivery === "truncated" ? half : answer.body;
  response.writeHead(answer.status, { ...answer.headers, ...lengthOf(answer, body) });
  if (delivery === "mid-body") response.write(half, () => response.socket?.destroy());
  else response.end(body);
}

function lengthOf(answer: Answer, body: Buffer): Record<string, number> {
  const scripted = Object.keys(answer.headers).some((name) =>
    /^(content-length|transfer-)/i.test(name),
  );
  return answer.status === 204 || scripted ? {} : { "content-length": body.length };
}
