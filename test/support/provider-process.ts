/** A provider process without the engine: the door that the engine uses, in this process, with ears for its notices. */
import { createProvider, type Provider } from "../../provider/doors/create-provider";
import type { Context } from "../../provider/keys/context";
import { createSession, type SessionOptions } from "../../provider/doors/session";
import type { Emulator } from "../emulator";
import type { ManualClock } from "./manual-clock";

export interface ProviderProcessOptions extends Pick<SessionOptions, "limits" | "around"> {
  vultr: Emulator;
  clock: ManualClock;
  /** The credential. @default root's */
  apiKey?: string;
  /** Where notices go. @default a list of their own */
  notices?: string[];
}

export interface ProviderProcess extends AsyncDisposable {
  /** The verbs as the engine calls them. */
  provider: Provider;
  /** What verbs work with, for tests of their parts. */
  context: Context;
  /** The lines that people were shown, in order. */
  notices: readonly string[];
}

/** Closed by `await using`. */
export async function startProvider(options: ProviderProcessOptions): Promise<ProviderProcess> {
  const { vultr, apiKey = vultr.rootApiKey, notices = [], ...others } = options;
  const session = createSession({
    ...others,
    environment: { VULTR_API_URL: vultr.url, VULTR_API_KEY: apiKey },
    print: (line) => notices.push(line),
  });
  const context = await session.context();
  return {
    provider: createProvider(session),
    context,
    notices,
    [Symbol.asyncDispose]: () => context.client.close(),
  };
}
