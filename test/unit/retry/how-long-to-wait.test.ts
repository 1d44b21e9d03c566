import fc from "fast-check";

import { RateLimitError, ServerError } from "../../../provider/vultr/errors";
import { backoffMs } from "../../../provider/vultr/retry";

const parts = { message: "", hint: "", reason: "", fromVultr: true };
const outage = new ServerError({ ...parts, status: 503 });
const throttled = (retryAfterMs?: number) =>
  new RateLimitError({ ...parts, status: 429, retryAfterMs });

describe("after an outage: full jitter below a ceiling that doubles, up to 20 seconds", () => {
  it.each([
    { failures: 1, ceilingMs: 500 },
    { failures: 2, ceilingMs: 1_000 },
    { failures: 3, ceilingMs: 2_000 },
    { failures: 6, ceilingMs: 16_000 },
    { failures: 7, ceilingMs: 20_000 },
    { failures: 1_000, ceilingMs: 20_000 },
  ])("failure $failures: 0 to $ceilingMs ms", ({ failures, ceilingMs }) => {
    const wait = (chance: number) => backoffMs(outage, failures, () => chance);
    expect([wait(0), wait(0.5), wait(1 - Number.EPSILON)]).toEqual([0, ceilingMs / 2, ceilingMs]);
  });
});

describe("after a 429", () => {
  it("Retry-After is never shortened, whatever chance says", () => {
    const retryAfterMs = fc.nat({ max: 86_400_000 });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(retryAfterMs, fc.integer({ min: 1, max: 50 }), chance, (ms, failures, random) => {
        expect(backoffMs(throttled(ms), failures, () => random)).toBeGreaterThanOrEqual(ms);
      }),
      { seed: 20261124 },
    );
  });

  it.each([
    { says: 7_000, failures: 1, waitMs: 7_000 },
    { says: 7_000, failures: 9, waitMs: 7_000 },
    { says: undefined, failures: 1, waitMs: 1_000 }, // the limit's documented window
    { says: 0, failures: 1, waitMs: 250 }, // callers must not come back all at once
    { says: 0, failures: 9, waitMs: 2_500 },
  ])("Retry-After $says, failure $failures: $waitMs ms", ({ says, failures, waitMs }) => {
    expect(backoffMs(throttled(says), failures, () => 0.5)).toBe(waitMs);
  });
});
