/** An emulator with one user, and a bare client: no code of the package stands before its HTTP. */
import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

import { type Emulator, type EmulatorOptions, startEmulator } from "../../emulator";
import { manualClock } from "../../support/manual-clock";

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  /** Unpacked if it came as gzip. */
  text: string;
}

export interface Call {
  method?: string;
  /** `null` sends no `Authorization`. @default root's key */
  apiKey?: string | null;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
}

/**
 * Opens a connection of its own for each call: a pool would outlive its emulator, and hand a dead
 * socket to the next one on the same port.
 */
export async function call(
  vultr: Pick<Emulator, "url" | "rootApiKey">,
  path: string,
  how: Call = {},
): Promise<Reply> {
  const { method = "GET", apiKey = vultr.rootApiKey, body } = how;
  const headers = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
  const outgoing = request(vultr.url + path, { method, headers, agent: false });
  outgoing.end(body === undefined || typeof body === "string" ? body : JSON.stringify(body));
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  const bytes = await buffer(incoming);
  const isPacked = incoming.headers["content-encoding"] === "gzip";
  const text = (isPacked ? gunzipSync(bytes) : bytes).toString();
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, text };
}

export interface WireKey {
  id: string;
  api_key: string;
  name: string;
  expire: boolean;
  date_expire?: string | null;
}

export function keyIn(reply: Reply): WireKey {
  return (JSON.parse(reply.text) as { api_key: WireKey }).api_key;
}

export function reasonIn(reply: Reply): string {
  return (JSON.parse(reply.text) as { error: string }).error;
}

export type Scene = Awaited<ReturnType<typeof startScene>>;

/** Limits no rate unless `options` say so. */
export async function startScene(options: EmulatorOptions = {}) {
  const clock = manualClock();
  const vultr = await startEmulator({ now: clock.now, requestsPerSecond: null, ...options });
  const userId = vultr.addUser().id;
  const path = `/users/${userId}/apikeys`;
  return {
    vultr,
    /** The emulator's clock, which stands still unless somebody moves it. */
    clock,
    /** An ordinary user without keys, and the path of those keys. */
    userId,
    path,
    /** Creates and lists keys of that user, as root. */
    create: (body: unknown = {}) => call(vultr, path, { method: "POST", body }),
    list: async () =>
      (JSON.parse((await call(vultr, path)).text) as { api_keys: WireKey[] }).api_keys,
    statusOf: async (to: string, how?: Call) => (await call(vultr, to, how)).status,
    [Symbol.asyncDispose]: () => vultr.close(),
  };
}
