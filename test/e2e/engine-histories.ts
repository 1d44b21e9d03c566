/** Random histories of many parties, of what the real engine plays within seconds. */
import fc from "fast-check";

import { type FaultTarget, respond, startEmulator } from "../emulator";
import { everything, faultsLasting, histories, type History } from "../lifecycle/histories";
import { playOn } from "../lifecycle/play-history";
import { atDepth } from "../support/depth";
import { startRealEngine } from "./real-engine";

const listing = { method: "GET", path: "/users/*/apikeys" } as const;

/** Only faults that end within seconds of real time. */
const shortFaults = {
  ...faultsLasting({ counts: [1, 1, 2], retryAfterSeconds: [0, 1], lateMs: [500] }),
  // Never repeated. Not of GET /account, where 401 is a key that does not work yet and is waited for.
  "4xx": fc
    .tuple(
      fc.constantFrom<FaultTarget>({ method: "POST" }, { method: "DELETE" }, listing),
      fc.constantFrom(401, 403, 400),
      fc.constantFrom(1, 2, Infinity),
    )
    .map(([where, status, count]) => respond({ status }, { ...where, count })),
};

// A provider of one's own and children are compared call by call elsewhere; the class refuses replaceWith.
const {
  "move to another provider": _moves,
  "be replaced with a resource": _bound,
  "add a child": _children,
  ...edits
} = everything.edits;
// Kills have tests of their own.
const { killed: _killed, ...hows } = everything.hows;

/** A run takes seconds, so each is to show something. */
const shortHistories = histories(
  {},
  {
    edits,
    hows,
    faults: shortFaults,
    lags: undefined,
    editsPerRun: { minLength: 1, maxLength: 3 },
    runs: { minLength: 2, maxLength: 3 },
  },
).map(withCopy);

/** The first stack is copied before its copy runs. */
function withCopy(history: History): History {
  const firstOfCopy = history.findIndex((each) => each.step === "run" && each.stack === "copy");
  return firstOfCopy === -1
    ? history
    : history.toSpliced(firstOfCopy, 0, { step: "the first stack is copied" });
}

/**
 * Plays random histories, the same for the same seed.
 *
 * @param flags of every run
 * @throws {Error} a promise is broken; the message says which, and shows the history
 */
export async function playHistories(seed: number, flags: readonly string[]): Promise<void> {
  const numRuns = atDepth({ gate: 1, soak: 50 });
  for (const [at, history] of fc.sample(shortHistories, { seed, numRuns }).entries()) {
    try {
      await using vultr = await startEmulator({ requestsPerSecond: null });
      await using engine = await startRealEngine(vultr, flags);
      await playOn(vultr, history, engine);
    } catch (error) {
      throw new Error(`history ${at} of seed ${seed}: ${fc.stringify(history)}`, { cause: error });
    }
  }
}
