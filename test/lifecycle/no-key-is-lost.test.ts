import fc from "fast-check";

import { retryPolicy } from "../../provider/vultr/retry";
import { atDepth } from "../support/depth";
import { play, runs } from "./random-runs";

const histories = { seed: 20261124, numRuns: atDepth({ gate: 300, soak: 10_000 }) };

test("no history of faults, kills and re-runs breaks a promise", async () => {
  await fc.assert(fc.asyncProperty(runs, play), histories);
});

test("the same histories find a create that is repeated blindly", async () => {
  const rule: { transient: boolean } = retryPolicy.create;
  const careless = jest.replaceProperty(rule, "transient", true);
  try {
    const found = await fc.check(fc.asyncProperty(runs, play), {
      ...histories,
      endOnFailure: true,
    });
    expect(found.failed).toBe(true);
  } finally {
    careless.restore();
  }
});
