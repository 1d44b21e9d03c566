/** A request's way: log, fault, limit, caller, route, answer. The only file with sockets. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";

import {
  type Answer,
  errorAnswer,
  gatewayPage,
  jsonAnswer,
  notFound,
  refusalAs,
  withHeaders,
} from "./answers";
import { authenticate, keyOfHeader } from "./authentication";
import { type FaultScript, scriptedAnswer } from "./faults";
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

export async function startServer(parts: ServerParts, port: number) {
  const closing = new AbortController();
  const flaps = new Map<string, number>();
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { account } = parts;
    const url = new URL(`http://emulator${request.url ?? "/"}`);
    const path = url.pathname.replace(/^\/v2(?=\/|$)/, "");
    const method = request.method ?? "GET";
    const key = keyOfHeader(account, request.headers.authorization);
    const fault = parts.faults.take(method, path);
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
    parts.requests.push(entry);
    const body = await text(request);
    const cut = fault?.name === "cut" ? fault.when : undefined;
    const scripted =
      fault?.name === "respond"
        ? scriptedAnswer(fault.response, account.switches().serverErrorBody)
        : undefined;
    const isAfterWork = fault !== undefined && "afterWork" in fault && fault.afterWork;
    const pause = () =>
      fault?.name === "delay" && wait(fault.ms, undefined, { signal: closing.signal });

    if (!isAfterWork) await pause();
    if (cut === "before-work") return void request.socket.destroy();
    let creates = 0;
    const isWork = url.pathname.startsWith("/v2/") && (scripted === undefined || isAfterWork);
    const answer = isWork ? work() : notFound;
    if (isAfterWork) await pause();
    response.setHeader("date", new Date(account.now()).toUTCString());
    const lost = creates > 0 ? account.switches().lostCreateReply : "off";
    if (lost === "timeout") return;
    if (lost === "reset" || cut === "after-work") return void request.socket.destroy();
    send(lost === "504-html" ? gatewayPage(504) : (scripted ?? answer));

    function send(sent: Answer): void {
      entry.status = sent.status;
      const half = sent.body.subarray(0, sent.body.length / 2);
      const body = fault?.name === "truncate" ? half : sent.body;
      response.writeHead(sent.status, { ...sent.headers, ...lengthOf(sent, body) });
      if (cut === "mid-body") response.write(half, () => request.socket.destroy());
      else response.end(body);
    }

    function work(): Answer {
      const retryAfterSeconds = parts.limit.admit(account.now());
      if (retryAfterSeconds !== null) {
        const refusal = errorAnswer(429, "rate limit exceeded");
        const isSaid = account.switches().retryAfter === "sent";
        return withHeaders(refusal, isSaid ? { "retry-after": String(retryAfterSeconds) } : {});
      }
      const caller = authenticate(account, key, (used) => findsKey("use", used));
      const { refusalSent } = account.switches();
      if ("status" in caller) return refusalAs(refusalSent, caller);
      const routed = route(account, {
        method,
        path,
        query: url.searchParams,
        json: jsonIn(body),
        caller,
        newKeyUsableAfterMs: fault?.name === "late-key" ? fault.ms : undefined,
        onCreated: () => (creates += 1),
        findsKey,
      });
      if (routed.status >= 400) return refusalAs(refusalSent, routed);
      if (parts.rewrite === undefined || routed.body.length === 0) return routed;
      return jsonAnswer(routed.status, parts.rewrite(path, JSON.parse(routed.body.toString())));
    }
  }

  /** A flapping key is missed in the first, third and fifth look of each kind. */
  function findsKey(look: "list" | "read" | "use", key: EmulatedKey): boolean {
    if (parts.account.switches().newKey !== "flapping" || key.settled) return true;
    const seen = `${look} ${key.id}`;
    const count = (flaps.get(seen) ?? 0) + 1;
    flaps.set(seen, count);
    return count > 5 || count % 2 === 0;
  }

  server.listen(port, "127.0.0.1");
  await once(server, "listening");
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

function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body.trim() === "" ? "{}" : body) as unknown;
  } catch {
    return undefined;
  }
}

function lengthOf({ status, headers }: Answer, body: Buffer): Record<string, number> {
  const isScripted = Object.keys(headers).some((name) => /^(content-length|transfer-)/i.test(name));
  return status === 204 || isScripted ? {} : { "content-length": body.length };
}
