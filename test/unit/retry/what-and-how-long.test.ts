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
  const { ApiError, AuthenticationError, BadRequestError } = errors;
  const refusals = [ApiError, AuthenticationError, BadRequestError, errors.IpNotAllowedError]
    .concat(errors.NotFoundError, errors.PermissionError)
    .map((is) => new is({ ...parts, status: 400 }));
  const connection = (is: { sent: boolean; mayPass?: boolean }) =>
    new errors.ConnectionError({ ...parts, ...is });
  const rows: [unknown, FailureKind][] = [
    [throttled(1), "throttled"],
    [outage, "transient"],
    [new errors.ResponseSchemaError(parts), "transient"],
    [connection({ sent: true }), "transient"],
    [connection({ sent: false }), "unsent"],
    [connection({ sent: false, mayPass: false }), "permanent"],
    [connection({ sent: true, mayPass: false }), "permanent"],
    ...refusals.map((refusal): [Error, FailureKind] => [refusal, "permanent"]),
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
    const classes = Object.keys(errors).filter((name) => /^[A-Z]\w*Error$/.test(name));
    expect(names).toEqual(expect.arrayContaining(classes));
  });
});

it.each([
  { failures: 1, ceilingMs: 500 },
  { failures: 2, ceilingMs: 1_000 },
  { failures: 6, ceilingMs: 16_000 },
  { failures: 7, ceilingMs: 20_000 },
  { failures: 1_000, ceilingMs: 20_000 },
])("after outage $failures: full jitter, 0 to $ceilingMs ms", ({ failures, ceilingMs }) => {
  const wait = (chance: number) => backoffMs(outage, failures, () => chance);
  expect([wait(0), wait(0.5), wait(1 - Number.EPSILON)]).toEqual([0, ceilingMs / 2, ceilingMs]);
});

it.each([
  { says: 7_000, failures: 1, waitMs: 7_000 },
  { says: 7_000, failures: 9, waitMs: 7_000 },
  { says: undefined, failures: 1, waitMs: 1_000 }, // the limit's documented window
  { says: 0, failures: 1, waitMs: 250 }, // callers must not come back all at once
  { says: 0, failures: 9, waitMs: 2_500 },
])("after 429 number $failures with Retry-After $says: $waitMs ms", (row) => {
  expect(backoffMs(throttled(row.says), row.failures, () => 0.5)).toBe(row.waitMs);
});
