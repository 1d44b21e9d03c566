import { VultrError } from "../../../provider/vultr/errors";
import type { RequestLimits } from "../../../provider/vultr/transport";
import {
  cut,
  delay,
  type Fault,
  type FaultTarget,
  respond,
  startEmulator,
  tooManyRequests,
  truncate,
} from "../../emulator";
import { manualClock } from "../../support/manual-clock";
import { connect, type Connection } from "../client/connect";
import { rejection } from "../transport/transport-to";

type Method = "GET" | "POST" | "DELETE";

/** Runs one operation, whose first request meets `fault`, against an account with one key. */
async function run(
  method: Method,
  fault: (target: FaultTarget) => Fault,
  limits: Partial<RequestLimits> = {},
) {
  const clock = manualClock();
  await using vultr = await startEmulator({ faults: [fault({ method })] });
  const { id: userId } = vultr.addUser();
  const { id: keyId } = vultr.addKey(userId);
  const to = { url: vultr.url, apiKey: vultr.rootApiKey };
  await using connection = connect({ ...to, clock, limits });
  const error = await operations[method](connection, userId, keyId).catch(
    (thrown: unknown) => thrown,
  );
  return {
    requests: vultr.requests.length,
    failed: error instanceof VultrError ? error.name : undefined,
    keys: vultr.keysOf(userId).length,
    sleepsMs: clock.sleepsMs,
  };
}

const operations = {
  GET: ({ client, soon }: Connection, userId: string) => client.listUserApiKeys(userId, soon()),
  POST: ({ client, soon }: Connection, userId: string) =>
    client.createUserApiKey({ userId, name: "new" }, soon()),
  DELETE: ({ client, soon }: Connection, userId: string, keyId: string) =>
    client.deleteUserApiKey({ userId, keyId }, soon()),
};

const doubtful: { what: string; fault: (target: FaultTarget) => Fault; error: string }[] = [
  { what: "500", fault: (to) => respond({ status: 500 }, to), error: "ServerError" },
  {
    what: "502",
    fault: (to) => respond({ status: 502, afterWork: true }, to),
    error: "ServerError",
  },
  { what: "503", fault: (to) => respond({ status: 503 }, to), error: "ServerError" },
  {
    what: "504 page",
    fault: (to) => respond({ status: 504, html: "<p>" }, to),
    error: "ServerError",
  },
  {
    what: "cut before the work",
    fault: (to) => cut({ when: "before-work" }, to),
    error: "ConnectionError",
  },
  {
    what: "cut after the work",
    fault: (to) => cut({ when: "after-work" }, to),
    error: "ConnectionError",
  },
];

describe.each(doubtful)("after $what", ({ fault, error }) => {
  it("a create is not repeated, since a key may exist", async () => {
    expect(await run("POST", fault)).toMatchObject({ requests: 1, failed: error });
  });

  it("a read is repeated", async () => {
    expect(await run("GET", fault)).toMatchObject({ requests: 2, failed: undefined });
  });

  it("a delete is repeated", async () => {
    expect(await run("DELETE", fault)).toMatchObject({ requests: 2, keys: 0 });
  });
});

it("after silence a create is not repeated either; a read and a delete are", async () => {
  const silence = (to: FaultTarget) => delay({ ms: 60_000 }, to);
  // A second is far more than any other answer takes here. The three wait for it together.
  const after = (method: Method) => run(method, silence, { headersTimeoutMs: 1_000 });
  const [create, read, deletion] = await Promise.all([
    after("POST"),
    after("GET"),
    after("DELETE"),
  ]);
  expect(create).toMatchObject({ requests: 1, failed: "ConnectionError" });
  expect(read).toMatchObject({ requests: 2, failed: undefined });
  expect(deletion).toMatchObject({ requests: 2, keys: 0 });
});

describe("a create whose answer is cut short is not repeated either", () => {
  it.each([
    { what: "the connection breaks", fault: (to: FaultTarget) => cut({ when: "mid-body" }, to) },
    { what: "the body is half", fault: truncate },
  ])("$what", async ({ fault }) => {
    expect(await run("POST", fault)).toMatchObject({ requests: 1, keys: 2 });
  });
});

it.each<Method>(["GET", "POST", "DELETE"])(
  "%s: repeated after a 429, once its Retry-After is over",
  async (method) => {
    const throttle = (to: FaultTarget) =>
      tooManyRequests({ retryAfterSeconds: 7 }, { ...to, count: 2 });
    const { requests, failed, sleepsMs } = await run(method, throttle);
    expect(failed).toBeUndefined();
    expect(requests).toBe(3);
    expect(sleepsMs).toEqual([7_000, 7_000]);
  },
);

it.each<Method>(["GET", "POST", "DELETE"])("%s: not repeated after a 403", async (method) => {
  const forbid = (to: FaultTarget) => respond({ status: 403 }, to);
  expect(await run(method, forbid)).toMatchObject({ requests: 1, failed: "PermissionError" });
});

describe("where the connection is never made", () => {
  it.each<Method>(["GET", "POST", "DELETE"])(
    "%s: repeated, for nothing was sent",
    async (method) => {
      const clock = manualClock();
      // Nobody listens on port 1 of loopback.
      await using connection = connect({
        url: "http://127.0.0.1:1/v2",
        apiKey: "a-key-of-tests",
        clock,
      });
      const error = await rejection(operations[method](connection, "u-1", "k-1"));
      expect(error).toMatchObject({ name: "ConnectionError", sent: false });
      expect(clock.sleepsMs).toEqual([250, 500, 1_000, 2_000, 4_000]); // between six attempts
    },
  );
});
