/**
 * One HTTP request, one answer: authentication, time limits, decoding, and the translation of every
 * failure into an error of ours. The only file that uses undici. It never sends anything twice.
 */
import { createRequire } from "node:module";
import { setImmediate as nextTurn } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type * as Undici from "undici";

import { type ConnectionSettings, isLoopback } from "./connect";
import {
  connectionError,
  errorFromAnswer,
  jsonOf,
  type RawAnswer,
  statusDeniedBy,
  unreadable,
  wordsOfErrorIn,
} from "./failures";
import { VultrError } from "./errors";
import { rememberSecret } from "./redact";

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
const defaultRequestLimits = {
  /** Until the TCP and TLS connection stands. */
  connectTimeoutMs: 10_000,
  /** From the request to the answer's headers. */
  headersTimeoutMs: 30_000,
  /** Between two pieces of the answer's body. */
  bodyTimeoutMs: 30_000,
  /** For the whole request. */
  requestTimeoutMs: 60_000,
  /** Bytes, as received and once decompressed: 16 MiB. */
  maxBodyBytes: 16 * 1024 * 1024,
};

export type RequestLimits = typeof defaultRequestLimits;

/** A request to the API. */
export interface ApiRequest {
  /** What the request is for: completes the sentence "could not …" in errors. */
  action: string;
  /** Below the base address. */
  path: string;
  method: "GET" | "POST" | "DELETE";
  /** The credential to send; the transport's own when left out. */
  apiKey?: string | undefined;
  query?: Record<string, string>;
  body?: object;
}

export interface TransportOptions extends Pick<ConnectionSettings, "apiKey" | "apiUrl"> {
  /** Package and version, sent as User-Agent. */
  userAgent: string;
  limits?: Partial<RequestLimits> | undefined;
  /** Milliseconds since the epoch; to read a `Retry-After` that is a date. */
  now: () => number;
}

export type Transport = ReturnType<typeof createTransport>;

/**
 * Sends requests over kept-alive connections of its own; the global `fetch` stays untouched.
 * `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` apply; so does Node's `NODE_EXTRA_CA_CERTS`.
 *
 * @throws {VultrError} `HTTPS_PROXY` or `HTTP_PROXY` is not a valid address
 */
export function createTransport(options: TransportOptions) {
  const { apiUrl, userAgent, now } = options;
  const limits = { ...defaultRequestLimits, ...options.limits };
  let credential = options.apiKey;
  rememberSecret(credential);
  const dispatcher = dispatcherFor(apiUrl, {
    connect: { timeout: limits.connectTimeoutMs },
    headersTimeout: limits.headersTimeoutMs,
    bodyTimeout: limits.bodyTimeoutMs,
    maxResponseSize: limits.maxBodyBytes,
  });

  async function exchange(asked: ApiRequest): Promise<RawAnswer> {
    const { method, path, query = {}, action, body } = asked;
    try {
      const response = await request(apiUrl + path, {
        dispatcher,
        method,
        query,
        headers: {
          authorization: `Bearer ${asked.apiKey ?? credential}`,
          accept: "application/json",
          "user-agent": userAgent,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(limits.requestTimeoutMs),
      });
      const header = (name: string) => [response.headers[name]].flat()[0];
      return {
        status: response.statusCode,
        isOfCreate: method === "POST",
        retryAfter: header("retry-after"),
        contentType: header("content-type") ?? "",
        text: await textOf(response, header("content-encoding") ?? "", limits.maxBodyBytes),
      };
    } catch (error) {
      throw connectionError(error, action, apiUrl);
    }
  }

  return {
    /**
     * The parsed JSON body of a 2xx answer; undefined where the body is empty.
     *
     * @throws {ApiError} any other status
     * @throws {ConnectionError} no answer; `sent` says whether the request may have been carried out
     * @throws {ResponseSchemaError} a 2xx whose body is not JSON, is cut short or is too large
     */
    async send(asked: ApiRequest): Promise<unknown> {
      const { action } = asked;
      const answer = await exchange(asked);
      const refusal = (as: Partial<RawAnswer>) =>
        errorFromAnswer({ ...answer, ...as }, action, now(), apiUrl);
      if (!isSuccess(answer.status)) throw refusal({});
      const body = jsonOf(answer.text);
      // The parser's own message quotes the body, which may hold a new key: it is left out.
      if (body === undefined && answer.text.trim() !== "")
        throw unreadable(action, "its body is not JSON");
      const denied = statusDeniedBy(body);
      if (denied !== undefined) throw refusal({ status: denied });
      // An error without a status counts as a 400. Not after a POST, which may have made a key: its caller looks.
      if (asked.method !== "POST" && wordsOfErrorIn(body) !== undefined)
        throw refusal({ meansStatus: 400 });
      return body;
    },
    /** The key that requests carry. */
    credential: {
      get apiKey(): string {
        return credential;
      },
      /** From now on they carry this key. */
      use(apiKey: string): void {
        credential = apiKey;
        rememberSecret(apiKey);
      },
    },
    close: (): Promise<void> => dispatcher.close(),
  };
}

/** @throws {VultrError} a proxy variable is not a valid address; undici's own error does not name the variable */
function dispatcherFor(apiUrl: string, options: Undici.Agent.Options): Undici.Dispatcher {
  // Loopback never goes through a proxy, which would read the credential of a plain http request.
  if (isLoopback(new URL(apiUrl).hostname)) return new Agent(options);
  try {
    return new EnvHttpProxyAgent(options);
  } catch (cause) {
    throw new VultrError({
      message: "could not use the proxy that HTTPS_PROXY or HTTP_PROXY names: it is no address",
      hint: "Write it with its protocol, like http://proxy.example.com:3128. Then run again.",
      cause,
    });
  }
}

const isSuccess = (status: number) => status >= 200 && status <= 299;

/**
 * The body, decompressed. If that of a failure cannot be read, its status says enough. Not by undici's own
 * decompression, which takes an empty body with the header of a compressed one for broken.
 */
async function textOf(
  { statusCode, body }: Undici.Dispatcher.ResponseData,
  encoding: string,
  maxOutputLength: number,
): Promise<string> {
  try {
    const bytes = Buffer.from(await body.arrayBuffer());
    // Until the next turn the connection is not free again: a request sent now would open another one.
    await nextTurn();
    const isPacked = encoding.trim().toLowerCase() === "gzip" && bytes.length > 0;
    return (isPacked ? gunzipSync(bytes, { maxOutputLength }) : bytes).toString("utf8");
  } catch (error) {
    if (!isSuccess(statusCode)) return "";
    throw error;
  }
}
