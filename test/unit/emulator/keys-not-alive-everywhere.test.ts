import { deadKey, lateKey, startEmulator, type Fault } from "../../emulator";
import { call, keyIn, keysIn, stoppedClock } from "./calling";

it.each<{ key: string; fault: Fault }>([
  { key: "late", fault: lateKey({ ms: 5_000 }) },
  { key: "dead", fault: deadKey() },
])("does not count a $key key as alive when it is made", async ({ fault }) => {
  await using vultr = await startEmulator({ now: stoppedClock().now, faults: [fault] });
  const path = `/users/${vultr.addUser().id}/apikeys`;
  await call(vultr, path, { method: "POST", body: {} });
  expect(vultr.timeline).toMatchObject([{ event: "created", liveKeyIds: [] }]);
});

it("notes an expiry once, when the expired key is first met", async () => {
  const clock = stoppedClock();
  await using vultr = await startEmulator({ now: clock.now });
  const { id: userId } = vultr.addUser();
  const dateExpire = new Date(clock.now() + 1_000).toISOString();
  const { id: keyId, apiKey } = vultr.addKey(userId, { dateExpire });
  clock.advance(1_500);
  await call(vultr, "/account", { apiKey });
  await call(vultr, "/account", { apiKey });
  expect(vultr.timeline).toMatchObject([
    { event: "created", liveKeyIds: [keyId] },
    { event: "expired", atMs: clock.now(), liveKeyIds: [] },
  ]);
});

it("does not let a deleted key expire as well", async () => {
  const clock = stoppedClock();
  const switches = { expiredKeyListed: "disappears" } as const;
  await using vultr = await startEmulator({ now: clock.now, switches });
  const { id: userId } = vultr.addUser();
  const dateExpire = new Date(clock.now() + 1_000).toISOString();
  vultr.deleteKey(vultr.addKey(userId, { dateExpire }).id);
  clock.advance(1_500);
  await call(vultr, `/users/${userId}/apikeys`);
  expect(vultr.timeline.map((entry) => entry.event)).toEqual(["created", "deleted"]);
});

it("misses a flapping key in the first, third and fifth look of each kind", async () => {
  await using vultr = await startEmulator({
    requestsPerSecond: null,
    switches: { newKey: "flapping" },
  });
  const path = `/users/${vultr.addUser().id}/apikeys`;
  const { id, api_key: apiKey } = keyIn(await call(vultr, path, { method: "POST", body: {} }));
  const seen: [boolean, boolean, boolean][] = [];
  for (let look = 0; look < 7; look += 1) {
    const used = (await call(vultr, "/account", { apiKey })).status === 200;
    const isListed = keysIn(await call(vultr, path)).length === 1;
    const isRead = (await call(vultr, `${path}/${id}`)).status === 200;
    seen.push([used, isListed, isRead]);
  }
  expect(seen).toEqual([false, true, false, true, false, true, true].map((is) => [is, is, is]));
});

it.each(["flapping", { listedAfterMs: 200, usableAfterMs: 200 }] as const)(
  "spares the management key under %j, even at the epoch",
  async (newKey) => {
    await using vultr = await startEmulator({ now: () => 0, switches: { newKey } });
    const keys = await call(vultr, `/users/${vultr.rootUserId}/apikeys`);
    expect([keys.status, keysIn(keys).length]).toEqual([200, 1]);
  },
);

it("says that a key authenticates exactly where a call with it would", async () => {
  await using vultr = await startEmulator({ switches: { emptyAllowlist: "block" } });
  const { apiKey } = vultr.addKey(vultr.addUser().id);
  expect((await call(vultr, "/account", { apiKey })).status).toBe(401);
  expect(vultr.authenticates(apiKey)).toBe(false);
  expect(vultr.authenticates(vultr.rootApiKey)).toBe(true);
});

it("treats a key of a removed user as a deleted one", async () => {
  await using vultr = await startEmulator({ switches: { deletedKeyUsed: "403" } });
  const { id } = vultr.addUser();
  const { apiKey } = vultr.addKey(id);
  vultr.removeUser(id);
  expect((await call(vultr, "/account", { apiKey })).status).toBe(403);
});
