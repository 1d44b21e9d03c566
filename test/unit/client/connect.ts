/** The real client over real HTTP, on a clock that needs no waiting. Closed by `await using`. */
import { VultrClient } from "../../../provider/vultr/client";
import type { Clock } from "../../../provider/vultr/clock";
import { createRateLimiter } from "../../../provider/vultr/rate-limit";
import { createTransport, type RequestLimits } from "../../../provider/vultr/transport";
import { manualClock } from "../../support/manual-clock";

export interface ConnectOptions {
  /** Base address of the API. */
  url: string;
  apiKey: string;
  /** @default a manual clock */
  clock?: Clock;
  limits?: Partial<RequestLimits>;
}

export interface Connection extends AsyncDisposable {
  client: VultrClient;
  /** Five minutes from now, and nothing older than now. */
  soon: () => { deadlineMs: number; notBeforeMs: number };
}

export function connect(options: ConnectOptions): Connection {
  const { url, apiKey, clock = manualClock(), limits = {} } = options;
  const transport = createTransport({
    apiUrl: url,
    apiKey,
    userAgent: "tests/1.0",
    now: clock.now,
    limits,
  });
  const limiter = createRateLimiter(1_000, clock);
  return {
    client: new VultrClient({ transport, limiter, clock }),
    soon: () => ({ deadlineMs: clock.monotonicMs() + 300_000, notBeforeMs: clock.monotonicMs() }),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}
