import {
  deadKey,
  type Fault,
  type FaultTarget,
  lateKey,
  respond,
  tooManyRequests,
} from "../../emulator";
import { keyIn, type Scene, startScene } from "./scene";

let scene: Scene;

beforeEach(async () => {
  scene = await startScene();
});
afterEach(() => scene[Symbol.asyncDispose]());

describe("an answer stands in for the real one", () => {
  const throttled = '{"error":"rate limit exceeded","status":429}';

  it.each<[fault: Fault, status: number, text: string, header: string, value: string | null]>([
    [respond({ status: 503, json: { a: 1 } }), 503, '{"a":1}', "content-type", "application/json"],
    [respond({ status: 504, html: "<p>" }), 504, "<p>", "content-type", "text/html"],
    [respond({ status: 200, body: "\u0000{" }), 200, "\u0000{", "content-type", "application/json"],
    [respond({ status: 418, body: "", headers: { "x-odd": "1" } }), 418, "", "x-odd", "1"],
    [tooManyRequests({ retryAfterSeconds: 7 }), 429, throttled, "retry-after", "7"],
    [tooManyRequests(), 429, throttled, "retry-after", null],
  ])("%j: %d %j, %s: %s", async (fault, status, text, header, value) => {
    scene.vultr.inject(fault);
    const reply = await scene.create();
    expect([reply.status, reply.text, reply.headers[header] ?? null]).toEqual([
      status,
      text,
      value,
    ]);
    expect(scene.vultr.liveKeys()).toEqual([]);
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
