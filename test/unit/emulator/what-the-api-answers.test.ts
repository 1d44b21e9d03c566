/** The contract that NOTES.md writes down, as a client sees it while nothing goes wrong on purpose. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { type NewUser, startEmulator } from "../../emulator";
import { call, keyIn, reasonIn, type Scene, startScene } from "./scene";

let scene: Scene;

beforeEach(async () => {
  scene = await startScene();
});
afterEach(() => scene[Symbol.asyncDispose]());

it("a key has a life: its plaintext is shown once, then a mask, and in the end it was never heard of", async () => {
  const { vultr, path, create, list, statusOf } = scene;
  const created = await create({ name: "ci-1" });
  expect([created.status, created.headers["content-type"]]).toEqual([202, "application/json"]);
  const key = keyIn(created);
  const id = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;
  const plaintext = expect.stringMatching(/^[A-Z0-9]{36}$/) as string;
  const rest = { name: "ci-1", expire: false, date_expire: "" };
  expect(key).toEqual({ id, api_key: plaintext, ...rest });
  expect(vultr.issuedApiKeys()).toEqual([plaintext, key.api_key]);

  const masked = { ...key, api_key: "*".repeat(31) + key.api_key.slice(-5) };
  expect(keyIn(await call(vultr, `${path}/${key.id}`))).toEqual(masked);
  expect(await list()).toEqual([masked]);

  const deletion = () => call(vultr, `${path}/${key.id}`, { method: "DELETE" });
  expect(await deletion()).toMatchObject({ status: 204, text: "" });
  expect((await deletion()).status).toBe(404);
  expect(reasonIn(await call(vultr, `${path}/${key.id}`))).toBe("Not found.");
  expect(await list()).toEqual([]);
  expect(await statusOf("/account", { apiKey: key.api_key })).toBe(401);
});

const dated = (date: string) => ({ expire: true, date_expire: date });

it.each([
  ["", { name: "", expire: false, date_expire: "" }],
  [{ name: "ci-2", colour: "red" }, { name: "ci-2" }],
  [dated("2031-06-30T12:00:00.750Z"), dated("2031-06-30T12:00:00Z")],
  [dated("2031-06-30 12:00:00"), dated("2031-06-30T12:00:00Z")],
  [dated("2031-06-30"), dated("2031-06-30T00:00:00Z")],
  [dated("2031-06-30T12:00:00+02:00"), dated("2031-06-30T10:00:00Z")],
  ["{", null],
  [{ name: 7 }, null],
  [{ expire: true }, null],
  [{ date_expire: "2031-06-30T00:00:00Z" }, null],
  [dated("2020-01-01T00:00:00Z"), null],
  [dated("soon"), null],
])("of a create of %j comes %j", async (asked, made) => {
  const reply = await scene.create(asked);
  const refusal = { error: "Bad request.", status: 400 };
  expect(reply.status).toBe(made === null ? 400 : 202);
  expect(JSON.parse(reply.text)).toMatchObject(made === null ? refusal : { api_key: made });
  expect(scene.vultr.keysOf(scene.userId)).toHaveLength(made === null ? 0 : 1);
});

it.each([
  [404, "Invalid user", "POST", "/users/nobody/apikeys"],
  [404, "Invalid user", "DELETE", "/users/nobody/apikeys/none"],
  [404, "Not found.", "GET", "/nothing"],
  [404, "Not found.", "GET", "/../users"], // beside /v2
  [400, "Bad request.", "GET", "/users/%E0%A4%A/apikeys"],
  [400, "Bad request.", "GET", "/users?per_page=0"],
  [400, "Bad request.", "GET", "/users?per_page=501"],
  [400, "Bad request.", "GET", "/users?cursor=nonsense"],
  [405, "Method not allowed. Must be one of: GET", "PUT", "/account"],
])("%d %s: %s %s", async (status, error, method, path) => {
  const reply = await call(scene.vultr, path, { method });
  expect([reply.status, JSON.parse(reply.text)]).toEqual([status, { error, status }]);
  expect(reply.headers.allow).toBe(status === 405 ? "GET" : undefined);
});

describe("who may call", () => {
  it.each<{ who: string; user: NewUser; users: number }>([
    { who: "root", user: { root: true }, users: 200 },
    { who: "an administrator", user: { acls: ["manage_users"] }, users: 200 },
    { who: "an ordinary user", user: { acls: ["dns"] }, users: 403 },
    { who: "a service user", user: { serviceUser: true }, users: 403 },
  ])("$who: /account 200, users and keys $users", async ({ user, users }) => {
    const { vultr, statusOf } = scene;
    const { id } = vultr.addUser(user);
    const key = vultr.addKey(id);
    expect(await statusOf("/account", key)).toBe(200);
    for (const path of ["/users", `/users/${id}`, `/users/${id}/apikeys`])
      expect(await statusOf(path, key)).toBe(users);
  });

  it.each([null, "X".repeat(36)])("not one with the key %p", async (apiKey) => {
    const reply = await call(scene.vultr, "/account", { apiKey });
    expect([reply.status, reasonIn(reply)]).toEqual([401, "Invalid API token."]);
  });

  it("not one with a key of a user who was removed", async () => {
    const { vultr, userId, statusOf } = scene;
    const key = vultr.addKey(userId);
    vultr.removeUser(userId);
    expect([vultr.authenticates(key.apiKey), vultr.liveKeys()]).toEqual([false, []]);
    vultr.setSwitches({ deletedKeyUsed: "403" }); // it counts as a deleted one
    expect(await statusOf("/account", key)).toBe(403);
  });

  it("not one from a blocked address, be it of one user or of all, until it is allowed", async () => {
    const { vultr, userId } = scene;
    const key = vultr.addKey(userId);
    const told = async () => {
      const replies = [await call(vultr, "/account", key), await call(vultr, "/account")];
      return replies.map((reply) => (reply.status === 401 ? reasonIn(reply) : reply.status));
    };
    const refusal = "Unauthorized IP address: 203.0.113.9";
    vultr.blockAddress("203.0.113.9", userId);
    expect(await told()).toEqual([refusal, 200]);
    vultr.blockAddress("203.0.113.9");
    expect(await told()).toEqual([refusal, refusal]);
    vultr.blockAddress(null);
    expect(await told()).toEqual([200, 200]);
  });
});

describe("the rate limit", () => {
  it("admits 30 requests in any second unless told otherwise, and says when to come back", async () => {
    await using limited = await startEmulator({ now: scene.clock.now });
    const sent = Array.from({ length: 30 }, () => call(limited, "/account"));
    for (const { status } of await Promise.all(sent)) expect(status).toBe(200);
    const reply = await call(limited, "/account", { apiKey: null }); // before all other checks
    expect([reply.status, reasonIn(reply)]).toEqual([429, "rate limit exceeded"]);
    expect(reply.headers["retry-after"]).toBe("1");
  });

  it("slides: a place is free 1,000 ms after it was taken; those turned away take none", async () => {
    await using limited = await startScene({ requestsPerSecond: 2 });
    const statuses: number[] = [];
    for (const ms of [0, 600, 399, 1, 599, 1]) {
      limited.clock.advance(ms);
      statuses.push(await limited.statusOf("/account"));
    }
    expect(statuses).toEqual([200, 200, 429, 200, 429, 200]);
  });
});

it("the timeline tells when keys came and went, and which work afterwards", () => {
  const { vultr, clock, userId } = scene;
  const dateExpire = new Date(clock.now() + 1_000).toISOString();
  const first = vultr.addKey(userId, { name: "first" });
  const second = vultr.addKey(userId, { name: "second", dateExpire });
  const late = vultr.addKey(userId, { name: "late", usableAfterMs: 2_000 });
  clock.advance(1_000);
  vultr.deleteKey(first.id);
  expect(vultr.timeline).toMatchObject([
    { event: "created", keyName: "first", liveKeyIds: [first.id] },
    { event: "created", keyName: "second", liveKeyIds: [first.id, second.id] },
    { event: "created", keyName: "late", liveKeyIds: [first.id, second.id] },
    { event: "deleted", keyName: "first", liveKeyIds: [], atMs: clock.now() },
  ]);
  expect(vultr.liveKeys()).toEqual([second, late]);
});

it("the log tells every request, also those refused, and never a secret", async () => {
  const { vultr, clock, path, create } = scene;
  const { id, api_key: apiKey } = keyIn(await create());
  await call(vultr, "/users?per_page=1", { apiKey });
  const entry = { atMs: clock.now(), query: "", faulted: false };
  expect(vultr.requests).toMatchObject([
    { ...entry, method: "POST", path, status: 202 },
    { ...entry, method: "GET", path: "/users", query: "per_page=1", status: 403, callerKeyId: id },
  ]);
  const log = JSON.stringify(vultr.requests);
  for (const secret of vultr.issuedApiKeys()) expect(log).not.toContain(secret);
});

// A shared schema would let one mistake make both sides agree.
it("the emulator imports Node, zod and its neighbours only", () => {
  const folder = join(__dirname, "../../emulator");
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const imported = files.flatMap((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    return [...text.matchAll(/(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*["']([^"']+)["']/g)];
  });
  const names = imported.map(([, name = ""]) => name);
  expect(names).toEqual(expect.arrayContaining(["node:http", "zod", "./state"]));
  expect(names.filter((name) => !/^(?:node:[a-z/]+|zod|\.\/[a-z-]+)$/.test(name))).toEqual([]);
});
