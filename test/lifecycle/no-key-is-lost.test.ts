import fc from "fast-check";

import { atDepth } from "../support/depth";
import { histories } from "./histories";
import { play } from "./play-history";

test.each([
  { door: "dynamic provider" as const, numRuns: atDepth({ gate: 300, soak: 10_000 }) },
  { door: "plugin" as const, numRuns: atDepth({ gate: 100, soak: 10_000 }) },
])(
  "no history of many parties, faults, kills and re-runs breaks a promise of the $door",
  async ({ door, numRuns }) => {
    const property = fc.asyncProperty(histories(), (history) => play(history, door));
    await fc.assert(property, { seed: 20261126, numRuns });
  },
);
