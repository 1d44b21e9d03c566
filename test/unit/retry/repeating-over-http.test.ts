import { VultrError } from "../../../provider/vultr/errors";
import type { RequestLimits } from "../../../provider/vultr/transport";
import {
  cut,
  delay,
  type Fault,
  type FaultTarget,
  respond,
  tooManyRequests,
  truncate,
} from "../../emulator";
import { clientScene, type ClientScene } from "../client/client-scene";

type Method = "GET" | "POST" | "DELETE";
const methods: Method[] = ["GET", "POST", "DELETE"];

const operations = {
  GET: ({ client, soon }: ClientScene, userId: string) => client.listUserApiKeys(userId, soon()),
  POST: ({ client, soon }: ClientScene, userId: string) =>
    client.createUserApiKey({ userId, name: "new" }, soon()),
  DELETE: ({ client, soon }: ClientScene, userId: string, keyId: string) =>
    client.deleteUserApiKey({ userId, keyId }, soon()),
};

/** Runs one operation, whose first request meets `fault`, against an account with one key. */
async function run(
  method: Method,
  fault: (target: FaultTarget) => Fault,
  options: { limits?: Partial<RequestLimits>; url?: string } = {},
) {
  await using scene = await clientScene({ faults: [fault({ method })], ...options });
  const { vultr, clock } = scene;
  const { id: userId } = vultr.addUser();
  const { id: keyId } = vultr.addKey(userId);
  const error = await operations[method](scene, userId, keyId).catch((thrown: unknown) => thrown);
  return {
    requests: vultr.requests.length,
    failed: error instanceof VultrError ? error.name : undefined,
    error,
    keys: vultr.keysOf(userId).length,
    sleepsMs: clock.sleepsMs,
  };
}

describe("after a failure that may have made a key, a create is not repeated; a read and a delete are", () => {
  it.each<[what: string, error: string, keys: number, fault: (target: FaultTarget) => Fault]>([
    ["500", "ServerError", 1, (to) => respond({ status: 500 }, to)],
    ["502 after work", "ServerError", 2, (to) => respond({ status: 502, afterWork: true }, to)],
    ["503", "ServerError", 1, (to) => respond({ status: 503 }, to)],
    ["504 page", "ServerError", 1, (to) => respond({ status: 504, html: "<p>" }, to)],
    ["cut before work", "ConnectionError", 1, (to) => cut({ when: "before-work" }, to)],
    ["cut after work", "ConnectionError", 2, (to) => cut({ when: "after-work" }, to)],
    ["silence", "ConnectionError", 1, (to) => delay({ ms: 60_000 }, to)],
  ])("%s", async (what, error, keys, fault) => {
    // A second is far more than any other answer takes here. The three wait for it together.
    const limits = what === "silence" ? { headersTimeoutMs: 1_000 } : {};
    const [read, create, deletion] = await Promise.all(
      methods.map((method) => run(method, fault, { limits })),
    );
    expect(create).toMatchObject({ requests: 1, failed: error, keys });
    expect(read).toMatchObject({ requests: 2, failed: undefined });
    expect(deletion).toMatchObject({ requests: 2, keys: 0 });
  });

  it.each([
    { what: "the connection breaks", fault: (to: FaultTarget) => cut({ when: "mid-body" }, to) },
    { what: "the body is half", fault: truncate },
  ])("nor is a create whose answer is cut short: $what", async ({ fault }) => {
    expect(await run("POST", fault)).toMatchObject({ requests: 1, keys: 2 });
  });
});

describe.each(methods)("%s", (method) => {
  it("is repeated after a 429, once its Retry-After is over", async () => {
    const throttle = (to: FaultTarget) =>
      tooManyRequests({ retryAfterSeconds: 7 }, { ...to, count: 2 });
    const sleepsMs = [7_000, 7_000];
    expect(await run(method, throttle)).toMatchObject({ requests: 3, failed: undefined, sleepsMs });
  });

  it("is not repeated after a 403", async () => {
    const forbid = (to: FaultTarget) => respond({ status: 403 }, to);
    expect(await run(method, forbid)).toMatchObject({ requests: 1, failed: "PermissionError" });
  });

  it("is repeated if the connection is never made, for nothing was sent", async () => {
    // Nobody listens on port 1 of loopback.
    const { error, sleepsMs } = await run(method, truncate, { url: "http://127.0.0.1:1/v2" });
    expect(error).toMatchObject({ name: "ConnectionError", sent: false });
    expect(sleepsMs).toEqual([250, 500, 1_000, 2_000, 4_000]); // between six attempts
  });
});
