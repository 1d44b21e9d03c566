import fc from "fast-check";

import { atDepth } from "../support/depth";
import { histories, type Step } from "./histories";
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

test("nor if people cancel the runs that were to be killed: then no key is left that nobody knows of", async () => {
  const property = fc.asyncProperty(histories(), (history) =>
    play(history.map(canceled), "plugin"),
  );
  await fc.assert(property, { seed: 20261126, numRuns: atDepth({ gate: 100, soak: 5_000 }) });
});

function canceled(step: Step): Step {
  if (step.step !== "run" || step.how.dieAt === undefined) return step;
  const { dieAt, ...how } = step.how;
  return { ...step, how: { ...how, cancelAt: dieAt.request } };
}
