/** A bare client for these tests, so that no code of the package stands between them and HTTP. */
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

import type { Emulator } from "../../emulator";

export interface Reply {
  status: number;
  headers: Headers;
  /** Unpacked if it came as gzip. */
  text: string;
}

export interface Call {
  method?: string;
  /** `null` sends no `Authorization`. @default root's key */
  apiKey?: string | null;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
  signal?: AbortSignal;
}

/**
 * Opens a connection of its own for each call: a pool would outlive its emulator, and hand a dead
 * socket to the next one on the same port.
 */
export async function call(vultr: Emulator, path: string, how: Call = {}): Promise<Reply> {
  const { method = "GET", apiKey = vultr.rootApiKey, body, signal } = how;
  const headers = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
  const outgoing = request(vultr.url + path, { method, headers, agent: false, signal });
  outgoing.end(body === undefined || typeof body === "string" ? body : JSON.stringify(body));
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  const bytes = await buffer(incoming);
  const isPacked = incoming.headers["content-encoding"] === "gzip";
  return {
    status: incoming.statusCode ?? 0,
    headers: new Headers(Object.entries(incoming.headersDistinct).map(asPair)),
    text: (isPacked ? gunzipSync(bytes) : bytes).toString(),
  };
}

function asPair([name, values]: [string, string[] | undefined]): [string, string] {
  return [name, (values ?? []).join(", ")];
}

export interface WireKey {
  id: string;
  api_key: string;
  name: string;
  expire: boolean;
  date_expire?: string | null;
}

export interface WireUser {
  id: string;
  email: string;
  status?: unknown;
  service_user: boolean;
}

export function keyIn(reply: Reply): WireKey {
  return (JSON.parse(reply.text) as { api_key: WireKey }).api_key;
}

export function keysIn(reply: Reply): WireKey[] {
  return (JSON.parse(reply.text) as { api_keys: WireKey[] }).api_keys;
}

export function reasonIn(reply: Reply): string {
  return (JSON.parse(reply.text) as { error: string }).error;
}

/** Time that moves only when told. */
export function stoppedClock(startMs = Date.UTC(2026, 10, 1)) {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    advance(ms: number) {
      nowMs += ms;
    },
  };
}
