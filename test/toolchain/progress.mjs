/** Says what is done, so that nobody wonders whether a slow first run hangs. */

/** A line is due within ten seconds, and the timer may be late. */
const heartbeatIntervalMs = 9_000;

/** On stderr: stdout belongs to the command that follows. */
export function say(line) {
  process.stderr.write(`toolchain: ${line}\n`);
}

/**
 * Announces a step, says every few seconds how far it is, and says how long it took.
 *
 * @template T
 * @param {string} step such as "compiling provider/ to dist/"
 * @param {(show: (state: () => string) => void) => Promise<T>} work may show its state
 * @returns {Promise<T>}
 */
export async function announced(step, work) {
  const startMs = Date.now();
  const seconds = () => ((Date.now() - startMs) / 1_000).toFixed(1);
  let state = () => `not done yet after ${seconds()} s`;
  say(step);
  const heartbeat = setInterval(() => say(`${step}: ${state()}`), heartbeatIntervalMs);
  try {
    const result = await work((shown) => (state = shown));
    say(`… took ${seconds()} s`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}
