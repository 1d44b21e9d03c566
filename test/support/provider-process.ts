/** What verbs get of a provider process: a client of its own, the memory of one run, and ears for its notices. */
import { createConfirmations } from "../../provider/lifecycle/confirmations";
import type { Context } from "../../provider/lifecycle/context";
import { createRunMemory } from "../../provider/lifecycle/run-memory";
import { VultrClient } from "../../provider/vultr/client";
import { createRateLimiter } from "../../provider/vultr/rate-limit";
import { redact } from "../../provider/vultr/redact";
import {
  createTransport,
  type RequestLimits,
  type Transport,
} from "../../provider/vultr/transport";
import type { Emulator } from "../emulator";
import type { ManualClock } from "./manual-clock";

export interface ProviderProcessOptions {
  vultr: Emulator;
  clock: ManualClock;
  limits?: Partial<RequestLimits>;
  /** Stands between the client and HTTP, to break what Vultr itself never breaks. */
  around?: (transport: Transport) => Transport;
  /** Where notices go. @default a list of their own */
  notices?: string[];
}

export interface ProviderProcess extends AsyncDisposable {
  context: Context;
  /** The lines that people were shown, in order. */
  notices: readonly string[];
}

/** A process that authenticates as root. Closed by `await using`. */
export function startProvider(options: ProviderProcessOptions): ProviderProcess {
  const { vultr, clock, limits = {}, around, notices = [] } = options;
  let managementKey = vultr.rootApiKey;
  const transport = createTransport({
    apiUrl: vultr.url,
    apiKey: managementKey,
    userAgent: "test",
    limits,
    now: clock.now,
  });
  const limiter = createRateLimiter(30, clock);
  const context: Context = {
    client: new VultrClient({ transport: around?.(transport) ?? transport, limiter, clock }),
    clock,
    memory: createRunMemory(),
    confirmations: createConfirmations(clock, 1),
    apiUrl: vultr.url,
    notify: (message) => notices.push(redact(message)),
    get managementKey() {
      return managementKey;
    },
    useManagementKey(apiKey) {
      managementKey = apiKey;
      transport.authenticateWith(apiKey);
    },
  };
  return { context, notices, [Symbol.asyncDispose]: () => transport.close() };
}
