import { gzipSync } from "node:zlib";
import { respond, startEmulator, tooManyRequests, type Emulator } from "../../emulator";
import { call, reasonIn } from "./calling";

let vultr: Emulator;
let path: string;

beforeEach(async () => {
  vultr = await startEmulator({ requestsPerSecond: null });
  path = `/users/${vultr.addUser().id}/apikeys`;
});
afterEach(() => vultr.close());

const keysMade = () => vultr.liveKeys().length;
const create = () => call(vultr, path, { method: "POST", body: {} });

describe("an answer instead of the real one", () => {
  it.each<{ body: string; fault: Parameters<typeof respond>[0]; text: string; type: string }>([
    {
      body: "JSON",
      fault: { status: 503, json: { a: 1 } },
      text: '{"a":1}',
      type: "application/json",
    },
    { body: "HTML", fault: { status: 504, html: "<p>" }, text: "<p>", type: "text/html" },
    {
      body: "anything",
      fault: { status: 200, body: "\u0000{" },
      text: "\u0000{",
      type: "application/json",
    },
    {
      body: "gzip",
      fault: { status: 500, json: { a: 2 }, gzip: true },
      text: '{"a":2}',
      type: "application/json",
    },
  ])("$body", async ({ fault, text, type }) => {
    vultr.inject(respond(fault));
    const reply = await create();
    expect([reply.status, reply.text, reply.headers.get("content-type")]).toEqual([
      fault.status,
      text,
      type,
    ]);
    expect(keysMade()).toBe(0);
  });

  it("sends any status and any header, and bytes that only claim to be gzip", async () => {
    const headers = { "x-odd": "1", "content-encoding": "identity" };
    vultr.inject(respond({ status: 418, body: gzipSync("zip"), headers }));
    const reply = await create();
    expect([reply.status, reply.headers.get("x-odd")]).toEqual([418, "1"]);
  });

  it("does the work first if told to", async () => {
    vultr.inject(respond({ status: 500, afterWork: true }));
    expect((await create()).status).toBe(500);
    expect(keysMade()).toBe(1);
  });
});

describe("429", () => {
  it.each<{ says: string; fault: Parameters<typeof tooManyRequests>[0]; header: string | null }>([
    { says: "seconds", fault: { retryAfterSeconds: 7 }, header: "7" },
    {
      says: "a date",
      fault: { retryAfterDate: new Date(0) },
      header: "Thu, 01 Jan 1970 00:00:00 GMT",
    },
    { says: "nothing", fault: {}, header: null },
  ])("with $says in Retry-After", async ({ fault, header }) => {
    vultr.inject(tooManyRequests(fault));
    const reply = await create();
    expect([reply.status, reasonIn(reply)]).toEqual([429, "rate limit exceeded"]);
    expect(reply.headers.get("retry-after")).toBe(header);
    expect(keysMade()).toBe(0);
  });
});

describe("which requests a fault meets", () => {
  const statuses = async (requests: number) => {
    const seen: number[] = [];
    for (let sent = 0; sent < requests; sent += 1) seen.push((await call(vultr, "/users")).status);
    return seen;
  };

  it.each<{ target: Parameters<typeof respond>[1]; meets: string; seen: number[] }>([
    { target: {}, meets: "the next one", seen: [500, 200, 200, 200] },
    { target: { count: 2 }, meets: "the next two", seen: [500, 500, 200, 200] },
    { target: { skip: 2 }, meets: "the third", seen: [200, 200, 500, 200] },
    { target: { count: Infinity, skip: 1 }, meets: "all but one", seen: [200, 500, 500, 500] },
    { target: { method: "POST" }, meets: "none of another method", seen: [200, 200, 200, 200] },
    { target: { path: "/users" }, meets: "its path", seen: [500, 200, 200, 200] },
    { target: { path: "/users/*" }, meets: "one segment more", seen: [200, 200, 200, 200] },
    { target: { path: /^\/us/ }, meets: "its pattern", seen: [500, 200, 200, 200] },
  ])("$target: $meets", async ({ target, seen }) => {
    vultr.inject(respond({ status: 500 }, target));
    expect(await statuses(4)).toEqual(seen);
    expect(vultr.requests.map((request) => request.faulted)).toEqual(seen.map((s) => s === 500));
  });

  it("takes several in the order of injection, and none once cleared", async () => {
    vultr.inject(respond({ status: 500 }), respond({ status: 502 }), respond({ status: 503 }));
    expect(await statuses(2)).toEqual([500, 502]);
    vultr.clearFaults();
    expect(await statuses(1)).toEqual([200]);
  });
});
