/**
 * One HTTP request, one answer: authentication, time limits, decoding, and the translation of every
 * failure into an error of ours. The only file that knows undici. It never repeats anything.
 */
import { createRequire } from "node:module";
import { setImmediate as nextTurn } from "node:timers/promises";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import type * as Undici from "undici";

import { connectionError, isTooLarge, unreadable } from "./connection-error";
import { isLoopback } from "./loopback";
import { rememberSecret } from "./redact";
import { errorFromAnswer, type RawAnswer, statusDeniedBy } from "./response-error";

const { Agent, EnvHttpProxyAgent, request } = loadUndici();

/**
 * Loading undici 8 replaces the agent behind the global `fetch` of Node 22 and 24, and with it a
 * proxy or a test double that somebody may have set there. What stood there is put back.
 */
function loadUndici(): typeof Undici {
  const agentOfFetch = Symbol.for("undici.globalDispatcher.1");
  const before: unknown = Reflect.get(globalThis, agentOfFetch);
  const undici = createRequire(__filename)("undici") as typeof Undici;
  if (Reflect.get(globalThis, agentOfFetch) !== before)
    Reflect.set(globalThis, agentOfFetch, before);
  return undici;
}

/** Time limits of one request, in milliseconds, and the largest body it may bring. */
export interface RequestLimits {
  /** Until the TCP and TLS connection stands. @default 10000 */
  connectTimeoutMs: number;
  /** From the request to the answer's headers. @default 30000 */
  headersTimeoutMs: number;
  /** Between two pieces of the answer's body. @default 30000 */
  bodyTimeoutMs: number;
  /** For the whole request. @default 60000 */
  requestTimeoutMs: number;
  /** Bytes, as received and once decompressed. @default 16 MiB */
  maxBodyBytes: number;
}

const defaultRequestLimits: RequestLimits = {
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  requestTimeoutMs: 60_000,
  maxBodyBytes: 16 * 1024 * 1024,
};

/** A request to the API. */
export interface ApiRequest {
  /** Completes the sentence "could not …". */
  action: string;
  /** Below the base address. */
  path: string;
  method: "GET" | "POST" | "DELETE";
  /** The credential to send; the transport's own when left out. */
  apiKey?: string;
  query?: Record<string, string>;
  body?: object;
}

export interface TransportOptions {
  /** Base address without a trailing slash, such as `https://api.vultr.com/v2`. */
  apiUrl: string;
  apiKey: string;
  /** Package and version, sent as User-Agent. */
  userAgent: string;
  limits?: Partial<RequestLimits>;
  /** Milliseconds since the epoch; for `Retry-After` dates. */
  now: () => number;
}

/** Sends requests over kept-alive connections of its own; the global `fetch` stays untouched. */
export interface Transport {
  /**
   * The parsed JSON body of a 2xx answer; undefined where the body is empty.
   *
   * @throws {ApiError} any other status
   * @throws {ConnectionError} no answer; `sent` says whether the request may have been carried out
   * @throws {ResponseSchemaError} a 2xx whose body is not JSON, is cut short or is too large
   */
  send(request: ApiRequest): Promise<unknown>;
  /** From now on requests carry this credential. */
  authenticateWith(apiKey: string): void;
  close(): Promise<void>;
}

/** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` apply; so does Node's `NODE_EXTRA_CA_CERTS`. */
export function createTransport(options: TransportOptions): Transport {
  const limits = { ...defaultRequestLimits, ...options.limits };
  let credential = options.apiKey;
  rememberSecret(credential);
  // A proxy would get the credential of a plain http request in clear, and loopback is for this machine.
  const AgentForHost = isLoopback(new URL(options.apiUrl).hostname) ? Agent : EnvHttpProxyAgent;
  const dispatcher = new AgentForHost({
    connect: { timeout: limits.connectTimeoutMs },
    headersTimeout: limits.headersTimeoutMs,
    bodyTimeout: limits.bodyTimeoutMs,
    maxResponseSize: limits.maxBodyBytes,
  });

  async function send(asked: ApiRequest): Promise<unknown> {
    const answer = await exchange(asked);
    const text = decoded(answer, asked.action, limits.maxBodyBytes);
    const refuse = (status: number) =>
      errorFromAnswer({ ...answer, text, status }, asked.action, options.now());
    if (answer.status < 200 || answer.status > 299) throw refuse(answer.status);
    const body = text.trim() === "" ? undefined : parseJson(text, asked.action);
    const denied = statusDeniedBy(body);
    if (denied !== undefined) throw refuse(denied);
    return body;
  }

  async function exchange(asked: ApiRequest): Promise<Answer> {
    const query = new URLSearchParams(asked.query).toString();
    const url = `${options.apiUrl}${asked.path}${query === "" ? "" : `?${query}`}`;
    const headers: Record<string, string> = {
      authorization: `Bearer ${asked.apiKey ?? credential}`,
      accept: "application/json",
      "user-agent": options.userAgent,
    };
    if (asked.body !== undefined) headers["content-type"] = "application/json";
    try {
      const response = await request(url, {
        dispatcher,
        method: asked.method,
        headers,
        body: asked.body === undefined ? null : JSON.stringify(asked.body),
        signal: AbortSignal.timeout(limits.requestTimeoutMs),
      });
      return {
        status: response.statusCode,
        retryAfter: firstOf(response.headers["retry-after"]),
        contentType: firstOf(response.headers["content-type"]) ?? "",
        contentEncoding: firstOf(response.headers["content-encoding"]) ?? "",
        body: await bytesOf(response),
      };
    } catch (error) {
      throw connectionError(error, asked.action, options.apiUrl);
    }
  }

  return {
    send,
    authenticateWith(apiKey) {
      credential = apiKey;
      rememberSecret(apiKey);
    },
    close: () => dispatcher.close(),
  };
}

interface Answer extends Omit<RawAnswer, "text"> {
  contentEncoding: string;
  body: Buffer;
}

async function bytesOf({ statusCode, body }: Undici.Dispatcher.ResponseData): Promise<Buffer> {
  try {
    const bytes = Buffer.from(await body.arrayBuffer());
    // Only then is the connection free again: a request sent earlier would open another one.
    await nextTurn();
    return bytes;
  } catch (error) {
    // Of a failure the status alone says enough, and the next answer would be as large.
    if (statusCode > 299 && isTooLarge(error)) return Buffer.alloc(0);
    throw error;
  }
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** Not undici's own decompression: to that, an empty body which is said to be compressed is a broken one. */
const decoders: Record<string, (body: Buffer, limits: { maxOutputLength: number }) => Buffer> = {
  gzip: gunzipSync,
  "x-gzip": gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

function decoded(answer: Answer, action: string, maxOutputLength: number): string {
  const { status, contentEncoding, body } = answer;
  const decode = decoders[contentEncoding.trim().toLowerCase()];
  if (decode === undefined || body.length === 0) return body.toString("utf8");
  try {
    return decode(body, { maxOutputLength }).toString("utf8");
  } catch (cause) {
    if (status > 299) return "";
    throw unreadable(action, "its compressed body cannot be read", cause);
  }
}

function parseJson(text: string, action: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own message quotes the body, which may hold a new key: it is left out.
    throw unreadable(action, "its body is not JSON");
  }
}
