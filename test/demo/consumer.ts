/** A consumer as there are many: reads its credential from a file whenever it calls Vultr. */
import { readFile } from "node:fs/promises";

export interface Consumer extends AsyncDisposable {
  /** Calls that Vultr accepted. */
  accepted: number;
  /** Calls that Vultr refused: the consumer held a dead key. */
  refused: number;
  stop(): Promise<void>;
}

/** Calls `GET /account` five times a second with the key that the file holds. */
export function startConsumer(credentialsPath: string, apiUrl: string): Consumer {
  let running = true;
  const consumer = { accepted: 0, refused: 0, stop, [Symbol.asyncDispose]: stop };
  const calls = callUntilStopped();

  async function callUntilStopped(): Promise<void> {
    while (running) {
      const apiKey = (await readFile(credentialsPath, "utf8")).trim().replace("VULTR_API_KEY=", "");
      const headers = { authorization: `Bearer ${apiKey}` };
      const { ok } = await fetch(`${apiUrl}/account`, { headers });
      if (ok) consumer.accepted += 1;
      else consumer.refused += 1;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async function stop(): Promise<void> {
    running = false;
    await calls;
  }

  return consumer;
}
