/** From settings to a client of Vultr: its transport, its limit, its name. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Settings } from "../settings";
import type { VultrClient } from "./client";
import type { Clock } from "./clock";
import type { RequestLimits, Transport } from "./transport";

export interface Connection {
  client: VultrClient;
  transport: Transport;
}

/** Left out by all but tests. */
export interface ConnectionOptions {
  limits?: Partial<RequestLimits>;
  /** Stands between the client and HTTP. */
  around?: (transport: Transport) => Transport;
}

/** Sends nothing yet; loads the HTTP client, so it is called as late as can be. */
export async function connect(
  settings: Settings,
  clock: Clock,
  { limits = {}, around = (transport) => transport }: ConnectionOptions = {},
): Promise<Connection> {
  const { apiKey, apiUrl, requestsPerSecond } = settings;
  const [{ VultrClient }, { createTransport }, { createRateLimiter }] = await Promise.all([
    import("./client"),
    import("./transport"),
    import("./rate-limit"),
  ]);
  const http = createTransport({
    apiUrl,
    apiKey,
    userAgent: userAgent(),
    limits,
    now: clock.now,
  });
  const transport = around(http);
  const limiter = createRateLimiter(requestsPerSecond, clock);
  return { client: new VultrClient({ transport, limiter, clock }), transport };
}

/** Package and version, so that Vultr's support can tell whose requests these are. */
function userAgent(): string {
  const text = readFileSync(join(__dirname, "..", "..", "package.json"), "utf8");
  const { name, version } = JSON.parse(text) as { name: string; version: string };
  return `${name}/${version} node/${process.versions.node}`;
}
