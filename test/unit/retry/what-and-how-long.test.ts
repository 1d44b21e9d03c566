import fc from "fast-check";

import * as errors from "../../../provider/vultr/errors";
import {
  backoffMs,
  failureKind,
  type FailureKind,
  retryPolicy,
} from "../../../provider/vultr/retry";

const parts = { message: "could not do it", hint: "Do it.", reason: "because", fromVultr: true };
const throttled = (retryAfterMs?: number) =>
  new errors.RateLimitError({ ...parts, status: 429, retryAfterMs });
const outage = new errors.ServerError({ ...parts, status: 503 });

it("every failure is repeated if it can help and cannot harm", () => {
  const harmless = { throttled: true, unsent: true, transient: true, permanent: false };
  // A 429 turned it away unprocessed, and an unsent one did nothing; after others a key may exist.
  const create = { ...harmless, transient: false };
  expect(retryPolicy).toEqual({ read: harmless, delete: harmless, create });
});

describe("every class of error is a kind of failure", () => {
  const connection = (sent: boolean, mayPass?: boolean) =>
    new errors.ConnectionError({ ...parts, sent, ...(mayPass === undefined ? {} : { mayPass }) });
  const { ApiError, AuthenticationError, BadRequestError, IpNotAllowedError, NotFoundError } =
    errors;
  const isClass = (name: string) => name.endsWith("Error") && name !== "isVultrError";
  const rows: [unknown, FailureKind][] = [
    [throttled(1), "throttled"],
    [outage, "transient"],
    [new errors.ResponseSchemaError(parts), "transient"],
    [connection(true), "transient"],
    [connection(false), "unsent"],
    [connection(false, false), "permanent"],
    [connection(true, false), "permanent"],
    ...[ApiError, AuthenticationError, BadRequestError, IpNotAllowedError, NotFoundError]
      .concat(errors.PermissionError)
      .map((is): [unknown, FailureKind] => [new is({ ...parts, status: 400 }), "permanent"]),
    [new errors.VultrError(parts), "permanent"],
    [new errors.UnconfirmedDeleteError(parts), "permanent"],
    [new errors.CanceledError(parts), "permanent"],
    [new Error("a bug"), "permanent"],
    ["a string", "permanent"],
    [undefined, "permanent"],
  ];

  it.each(rows)("%p: %s", (error, kind) => {
    expect(failureKind(error)).toBe(kind);
  });

  it("each class has a row", () => {
    const names = rows.map(([error]) => (error instanceof Error ? error.constructor.name : ""));
    expect(names).toEqual(expect.arrayContaining(Object.keys(errors).filter(isClass)));
  });
});

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
