/** The real client over real HTTP to an emulator, on a clock that needs no waiting. */
import { VultrClient } from "../../../provider/vultr/client";
import { createRateLimiter } from "../../../provider/vultr/rate-limit";
import { createTransport } from "../../../provider/vultr/transport";
import { type EmulatorOptions, startEmulator } from "../../emulator";
import { manualClock } from "../../support/manual-clock";

export type ClientScene = Awaited<ReturnType<typeof clientScene>>;

/** @param options `url` is where the client turns to, if not to the emulator */
export async function clientScene(options: EmulatorOptions & { url?: string } = {}) {
  const { url, ...emulated } = options;
  const clock = manualClock();
  const vultr = await startEmulator(emulated);
  const transport = createTransport({
    apiUrl: url ?? vultr.url,
    apiKey: vultr.rootApiKey,
    userAgent: "tests/1.0",
    now: clock.now,
  });
  return {
    vultr,
    client: new VultrClient({ transport, limiter: createRateLimiter(1_000, clock), clock }),
    /** The client's clock. */
    clock,
    /** Five minutes from now, and nothing older than now. */
    soon: () => ({ deadlineMs: clock.monotonicMs() + 300_000, notBeforeMs: clock.monotonicMs() }),
    async [Symbol.asyncDispose]() {
      await transport.close().catch(() => undefined);
      await vultr.close();
    },
  };
}
