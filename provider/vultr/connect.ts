/** From settings to a client of Vultr: its transport, its limit, its name. */
import { manifest } from "../manifest";
import type { Clock } from "./clock";
import type { RequestLimits, Transport } from "./transport";

/** What it takes to speak to Vultr. */
export interface ConnectionSettings {
  /** The management key: root's, or of a user with the Manage Users permission. */
  apiKey: string;
  /** Base address without a trailing slash, such as `https://api.vultr.com/v2`. */
  apiUrl: string;
  /** Most starts of requests in any second. */
  requestsPerSecond: number;
}

/** Left out by all but tests. */
export interface ConnectionOptions {
  limits?: Partial<RequestLimits>;
  /** Stands between the client and HTTP. */
  around?: (transport: Transport) => Transport;
}

/**
 * Sends nothing yet; loads the HTTP client, so it is called as late as can be.
 *
 * @returns the client, with its own transport and limiter: requests beside it take their turns there too
 */
export async function connect(
  { apiKey, apiUrl, requestsPerSecond }: ConnectionSettings,
  clock: Clock,
  { limits, around = (transport) => transport }: ConnectionOptions = {},
) {
  const [{ VultrClient }, { createTransport }, { createRateLimiter }] = await Promise.all([
    import("./client"),
    import("./transport"),
    import("./rate-limit"),
  ]);
  const { name, version } = manifest();
  const userAgent = `${name}/${version} node/${process.versions.node}`; // for Vultr's support
  const transport = around(createTransport({ apiUrl, apiKey, userAgent, limits, now: clock.now }));
  const limiter = createRateLimiter(requestsPerSecond, clock);
  const client = new VultrClient({ transport, limiter, clock });
  return { client, transport, limiter };
}

/** Hosts that never leave this machine: plain http is allowed to them, and no proxy stands before them. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
