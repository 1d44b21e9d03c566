import {
  cut,
  deadKey,
  delay,
  lateKey,
  startEmulator,
  truncate,
  type Emulator,
} from "../../emulator";
import { call, keyIn, stoppedClock } from "./calling";

let vultr: Emulator;
let path: string;
const clock = stoppedClock();

beforeEach(async () => {
  vultr = await startEmulator({ now: clock.now, requestsPerSecond: null });
  path = `/users/${vultr.addUser().id}/apikeys`;
});
afterEach(() => vultr.close());

const keysMade = () => vultr.liveKeys().length;
const hasArrived = (method: string) => vultr.requests.some((request) => request.method === method);
const create = () => call(vultr, path, { method: "POST", body: {} });

describe("a connection that is cut", () => {
  it.each<{ when: "before-work" | "after-work" | "mid-body"; made: number; status: number | null }>(
    [
      { when: "before-work", made: 0, status: null },
      { when: "after-work", made: 1, status: null },
      { when: "mid-body", made: 1, status: 202 },
    ],
  )("$when: $made keys made", async ({ when, made, status }) => {
    vultr.inject(cut({ when }));
    await expect(create()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(keysMade()).toBe(made);
    expect(vultr.requests).toMatchObject([{ status, faulted: true }]);
  });
});

it("cuts a body short after the work, so that it is no JSON", async () => {
  vultr.inject(truncate());
  const { status, text } = await create();
  expect(status).toBe(202);
  expect(text).toMatch(/^\{"api_key":/);
  expect(() => JSON.parse(text) as unknown).toThrow("JSON");
  expect(keysMade()).toBe(1);
});

describe("a delay", () => {
  it.each([
    { afterWork: false, made: 0 },
    { afterWork: true, made: 1 },
  ])("afterWork $afterWork: $made keys made while it lasts", async ({ afterWork, made }) => {
    vultr.inject(delay({ ms: 60_000, afterWork }, { method: "POST" }));
    const lost = expect(create()).rejects.toMatchObject({ code: "ECONNRESET" });
    while (!hasArrived("POST") || keysMade() < made) await call(vultr, "/users");
    await call(vultr, "/users");
    expect(keysMade()).toBe(made);
    await vultr.close(); // at once, though the delay has a minute to go
    await lost;
  });

  it("passes", async () => {
    vultr.inject(delay({ ms: 1 }), delay({ ms: 1, afterWork: true }));
    expect([(await create()).status, (await create()).status]).toEqual([202, 202]);
  });
});

it("makes a key that starts to work late", async () => {
  vultr.inject(lateKey({ ms: 5_000 }));
  const { api_key: apiKey } = keyIn(await create());
  clock.advance(4_999);
  expect(vultr.authenticates(apiKey)).toBe(false);
  expect((await call(vultr, "/account", { apiKey })).status).toBe(401);
  clock.advance(1);
  expect((await call(vultr, "/account", { apiKey })).status).toBe(200);
});

it("makes a key that never works", async () => {
  vultr.inject(deadKey());
  const { api_key: apiKey } = keyIn(await create());
  clock.advance(10 * 365 * 86_400_000);
  expect((await call(vultr, "/account", { apiKey })).status).toBe(401);
});
