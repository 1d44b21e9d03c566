import { startEmulator, type Emulator } from "../../emulator";
import { call, keyIn, keysIn, reasonIn, stoppedClock } from "./calling";

let vultr: Emulator;
let userId: string;
const clock = stoppedClock();

beforeEach(async () => {
  vultr = await startEmulator({ now: clock.now, requestsPerSecond: null });
  userId = vultr.addUser({ email: "deployer@example.com", serviceUser: true }).id;
});
afterEach(() => vultr.close());

const create = (body: unknown) => call(vultr, `/users/${userId}/apikeys`, { method: "POST", body });

it("shows the plaintext once, and a mask ever after", async () => {
  const created = await create({ name: "ci-1" });
  const key = keyIn(created);
  expect(created.status).toBe(202);
  expect(key.api_key).toMatch(/^[A-Z0-9]{36}$/);

  const mask = "*".repeat(31) + key.api_key.slice(-5);
  const read = await call(vultr, `/users/${userId}/apikeys/${key.id}`);
  const listed = await call(vultr, `/users/${userId}/apikeys`);
  expect(keyIn(read)).toEqual({ ...key, api_key: mask });
  expect(keysIn(listed)).toEqual([{ ...key, api_key: mask }]);
  expect(read.text + listed.text).not.toContain(key.api_key);
});

it("gives root a key of 36 characters, and lists every plaintext it issued", async () => {
  const { api_key: apiKey } = keyIn(await create({}));
  expect(vultr.rootApiKey).toMatch(/^[A-Z0-9]{36}$/);
  expect(vultr.issuedApiKeys()).toEqual([vultr.rootApiKey, apiKey]);
});

it("stores a name and an expiry", async () => {
  const body = { name: "ci-2", expire: true, date_expire: "2031-06-30T00:00:00Z" };
  expect(keyIn(await create(body))).toMatchObject(body);
});

it.each<{ what: string; body: unknown }>([
  { what: "no JSON", body: "{" },
  { what: "a name that is no string", body: { name: 7 } },
  { what: "a past date", body: { expire: true, date_expire: "2020-01-01T00:00:00Z" } },
  { what: "an unreadable date", body: { expire: true, date_expire: "soon" } },
  { what: "expire without a date", body: { expire: true } },
])("refuses to create from $what", async ({ body }) => {
  expect((await create(body)).status).toBe(400);
  expect(vultr.keysOf(userId)).toEqual([]);
});

it("deletes a key at once, and then has never heard of it", async () => {
  const key = keyIn(await create({ name: "ci-3" }));
  const path = `/users/${userId}/apikeys/${key.id}`;
  expect(await call(vultr, path, { method: "DELETE" })).toMatchObject({ status: 204, text: "" });
  expect((await call(vultr, path, { method: "DELETE" })).status).toBe(404);
  expect(reasonIn(await call(vultr, path))).toBe("Not found.");
  expect(keysIn(await call(vultr, `/users/${userId}/apikeys`))).toEqual([]);
  expect((await call(vultr, "/account", { apiKey: key.api_key })).status).toBe(401);
});

it("does not know users, routes and methods that are not there", async () => {
  expect(reasonIn(await call(vultr, "/users/nobody"))).toBe("Invalid user");
  expect(reasonIn(await call(vultr, "/nothing"))).toBe("Not found.");
  const reply = await call(vultr, `/users/${userId}/apikeys`, { method: "DELETE" });
  expect(reply.status).toBe(405);
  expect(reasonIn(reply)).toBe("Method not allowed. Must be one of: GET, POST");
});

it("remembers when keys came and went, and what was left", () => {
  const first = vultr.addKey(userId, { name: "old" });
  clock.advance(5);
  const second = vultr.addKey(userId, { name: "new" });
  clock.advance(5);
  vultr.deleteKey(first.id);
  expect(
    vultr.timeline.map(({ event, keyName, liveKeyIds }) => [event, keyName, liveKeyIds]),
  ).toEqual([
    ["created", "old", [first.id]],
    ["created", "new", [first.id, second.id]],
    ["deleted", "old", [second.id]],
  ]);
  expect(vultr.liveKeys().map((key) => key.id)).toEqual([second.id]);
});

it("logs each request without its secret", async () => {
  const { id } = keyIn(await create({ name: "ci-4" }));
  expect(vultr.requests).toMatchObject([
    { atMs: clock.now(), method: "POST", path: `/users/${userId}/apikeys`, status: 202 },
  ]);
  await call(vultr, "/users?per_page=1", { apiKey: vultr.keysOf(userId)[0]!.apiKey });
  expect(vultr.requests[1]).toMatchObject({
    path: "/users",
    query: "per_page=1",
    status: 403,
    callerKeyId: id,
    faulted: false,
  });
  const log = JSON.stringify(vultr.requests);
  for (const apiKey of vultr.issuedApiKeys()) expect(log).not.toContain(apiKey);
});
