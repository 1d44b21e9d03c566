/** A consumer as there are many: reads its credential from a file whenever it calls Vultr. */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Calls `GET /account` five times a second with the key that the file holds, until it is stopped. */
export function startConsumer(credentialsPath: string, apiUrl: string) {
  let running = true;
  const consumer = {
    /** Calls that Vultr accepted. */
    accepted: 0,
    /** Calls that Vultr refused: the consumer held a dead key. */
    refused: 0,
    stop,
    [Symbol.asyncDispose]: stop,
  };
  const calls = callUntilStopped();

  async function callUntilStopped(): Promise<void> {
    while (running) {
      const apiKey = (await readFile(credentialsPath, "utf8")).trim().replace("VULTR_API_KEY=", "");
      const headers = { authorization: `Bearer ${apiKey}` };
      const { ok } = await fetch(`${apiUrl}/account`, { headers });
      consumer[ok ? "accepted" : "refused"] += 1;
      await sleep(200);
    }
  }

  async function stop(): Promise<void> {
    running = false;
    await calls;
  }

  return consumer;
}
