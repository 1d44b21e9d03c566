import {
  cut,
  deadKey,
  delay,
  type Fault,
  type FaultTarget,
  lateKey,
  respond,
  tooManyRequests,
  truncate,
} from "../../emulator";
import { call, keyIn, reasonIn, type Scene, startScene } from "./scene";

let scene: Scene;

beforeEach(async () => {
  scene = await startScene();
});
afterEach(() => scene[Symbol.asyncDispose]());

const keysMade = () => scene.vultr.liveKeys().length;

describe("an answer stands in for the real one", () => {
  const throttled = '{"error":"rate limit exceeded","status":429}';
  const epoch = { retryAfterDate: new Date(0) };

  it.each<[fault: Fault, status: number, text: string, header: string, value: string | null]>([
    [respond({ status: 503, json: { a: 1 } }), 503, '{"a":1}', "content-type", "application/json"],
    [respond({ status: 504, html: "<p>" }), 504, "<p>", "content-type", "text/html"],
    [respond({ status: 200, body: "\u0000{" }), 200, "\u0000{", "content-type", "application/json"],
    [respond({ status: 500, json: 2, gzip: true }), 500, "2", "content-encoding", "gzip"],
    [respond({ status: 418, body: "", headers: { "x-odd": "1" } }), 418, "", "x-odd", "1"],
    [tooManyRequests({ retryAfterSeconds: 7 }), 429, throttled, "retry-after", "7"],
    [tooManyRequests(epoch), 429, throttled, "retry-after", "Thu, 01 Jan 1970 00:00:00 GMT"],
    [tooManyRequests(), 429, throttled, "retry-after", null],
  ])("%j: %d %j, %s: %s", async (fault, status, text, header, value) => {
    scene.vultr.inject(fault);
    const reply = await scene.create();
    expect([reply.status, reply.text, reply.headers[header] ?? null]).toEqual([
      status,
      text,
      value,
    ]);
    expect(keysMade()).toBe(0);
  });

  it("after the work if told to", async () => {
    scene.vultr.inject(respond({ status: 500, afterWork: true }));
    expect((await scene.create()).status).toBe(500);
    expect(keysMade()).toBe(1);
  });

  it("is packed as its header says, and once, though the switch asks for it too", async () => {
    scene.vultr.setSwitches({ serverErrorBody: "gzip" });
    const headers = { "content-encoding": "identity" };
    scene.vultr.inject(respond({ status: 200, body: "{}", gzip: true, headers }));
    scene.vultr.inject(respond({ status: 500, gzip: true }));
    expect((await scene.create()).text).toBe("{}");
    expect(reasonIn(await scene.create())).toBe("Internal server error.");
  });
});

const failing = (status: number, target: FaultTarget = {}) => respond({ status }, target);

it.each<[meets: string, seen: number[], ...faults: Fault[]]>([
  ["the next one", [500, 200, 200], failing(500)],
  ["two", [500, 500, 200], failing(500, { count: 2 })],
  ["the third", [200, 200, 500, 200], failing(500, { skip: 2 })],
  ["all but one", [200, 500, 500, 500], failing(500, { count: Infinity, skip: 1 })],
  ["its method", [200, 200], failing(500, { method: "POST" })],
  ["its path", [500, 200], failing(500, { path: "/users" })],
  ["no path of more segments", [200, 200], failing(500, { path: "/users/*" })],
  ["its pattern, be it global", [500, 500, 200], failing(500, { path: /us/g, count: 2 })],
  ["one request each", [500, 502, 200], failing(500), failing(502)],
  ["what an earlier one skips", [502, 500, 200], failing(500, { skip: 1 }), failing(502)],
  ["what no earlier one met", [500, 200, 502], failing(500), failing(502, { skip: 1 })],
])("a fault meets %s: %j", async (_meets, seen, ...faults) => {
  const { vultr, statusOf } = scene;
  vultr.inject(...faults);
  for (const status of seen) expect(await statusOf("/users")).toBe(status);
  expect(vultr.requests.map((request) => request.faulted)).toEqual(seen.map((s) => s !== 200));
});

it("a fault that is cleared meets none", async () => {
  scene.vultr.inject(failing(500));
  scene.vultr.clearFaults();
  expect(await scene.statusOf("/users")).toBe(200);
});

describe("a connection is cut", () => {
  it.each([
    { when: "before-work", made: 0, status: null },
    { when: "after-work", made: 1, status: null },
    { when: "mid-body", made: 1, status: 202 },
  ] as const)("$when: $made keys made", async ({ when, made, status }) => {
    scene.vultr.inject(cut({ when }));
    await expect(scene.create()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(keysMade()).toBe(made);
    expect(scene.vultr.requests).toMatchObject([{ status, faulted: true }]);
  });

  it("though the answer has no body; the work is done", async () => {
    const { vultr, userId, path } = scene;
    const deletion = () => call(vultr, `${path}/${vultr.addKey(userId).id}`, { method: "DELETE" });
    vultr.inject(cut({ when: "mid-body" }), cut({ when: "after-work" }), truncate());
    await deletion().catch(() => undefined); // headers may get through, and are all there is
    await expect(deletion()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(await deletion()).toMatchObject({ status: 204, text: "" });
    expect(keysMade()).toBe(0);
  });
});

it("a body is cut short after the work, so that it is no JSON", async () => {
  scene.vultr.inject(truncate());
  const { status, text } = await scene.create();
  expect([status, text]).toEqual([202, expect.stringMatching(/^\{"api_key":/)]);
  expect(() => JSON.parse(text) as unknown).toThrow("JSON");
  expect(keysMade()).toBe(1);
});

describe("an answer is late", () => {
  it.each([
    { afterWork: false, made: 0 },
    { afterWork: true, made: 1 },
  ])("afterWork $afterWork: $made keys made while it lasts", async ({ afterWork, made }) => {
    const { vultr, create, list } = scene;
    vultr.inject(delay({ ms: 60_000, afterWork }, { method: "POST" }));
    const lost = expect(create()).rejects.toMatchObject({ code: "ECONNRESET" });
    const hasArrived = () => vultr.requests.some((request) => request.method === "POST");
    while (!hasArrived() || keysMade() < made) await list();
    await list();
    expect(keysMade()).toBe(made);
    await vultr.close(); // at once, though the delay has a minute to go
    await lost;
  });

  it("and comes", async () => {
    scene.vultr.inject(delay({ ms: 1 }), delay({ ms: 1, afterWork: true }));
    expect([(await scene.create()).status, (await scene.create()).status]).toEqual([202, 202]);
  });
});

it.each([
  { what: "starts to work late", fault: lateKey({ ms: 5_000 }), statuses: [401, 200, 200] },
  { what: "never works", fault: deadKey(), statuses: [401, 401, 401] },
])("a new key $what, and is not counted as alive before", async ({ fault, statuses }) => {
  const { vultr, clock, create, statusOf } = scene;
  vultr.inject(fault);
  const { api_key: apiKey } = keyIn(await create());
  expect(vultr.timeline).toMatchObject([{ event: "created", liveKeyIds: [] }]);
  for (const [at, ms] of [4_999, 1, 10 * 365 * 86_400_000].entries()) {
    clock.advance(ms);
    expect(await statusOf("/account", { apiKey })).toBe(statuses[at]);
    expect(vultr.authenticates(apiKey)).toBe(statuses[at] === 200);
  }
});
