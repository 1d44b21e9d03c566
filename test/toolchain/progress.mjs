/** Says what the set-up does, so that nobody wonders whether a slow first run hangs. */
import { clearInterval, setInterval } from "node:timers";

const heartbeatIntervalMs = 30_000;

/** On stderr: stdout belongs to the command that follows. */
export function say(line) {
  process.stderr.write(`toolchain: ${line}\n`);
}

/**
 * Announces a step, gives a sign of life every 30 seconds, and says how long it took.
 *
 * @template T
 * @param {string} step such as "compiling provider/ to dist/"
 * @param {() => Promise<T>} work
 * @param {string} [expectation] such as "about 4 minutes on 2 cores, once"
 * @returns {Promise<T>}
 */
export async function announced(step, work, expectation) {
  const startMs = Date.now();
  const seconds = () => ((Date.now() - startMs) / 1_000).toFixed(1);
  say(expectation ? `${step}: ${expectation}` : step);
  const heartbeat = setInterval(() => say(`… still ${step} (${seconds()} s)`), heartbeatIntervalMs);
  try {
    const result = await work();
    say(`… done in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}
