import fc from "fast-check";

import { atDepth } from "../support/depth";
import { histories } from "./histories";
import { play } from "./play-history";

const count = atDepth({ gate: 300, soak: 10_000 });

test("no history of many parties, faults, kills and re-runs breaks a promise", async () => {
  await fc.assert(fc.asyncProperty(histories(), play), { seed: 20261126, numRuns: count });
});
