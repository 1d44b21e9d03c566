import { startEmulator, type Emulator, type NewUser } from "../../emulator";
import { call, reasonIn, stoppedClock } from "./calling";

let vultr: Emulator;
const clock = stoppedClock();

beforeEach(async () => {
  vultr = await startEmulator({ now: clock.now, requestsPerSecond: null });
});
afterEach(() => vultr.close());

describe("who may do what", () => {
  it.each<{ who: string; user: NewUser; users: number }>([
    { who: "root", user: { root: true }, users: 200 },
    { who: "an administrator", user: { acls: ["manage_users"] }, users: 200 },
    { who: "an ordinary user", user: { acls: ["dns"] }, users: 403 },
    { who: "a service user", user: { serviceUser: true }, users: 403 },
  ])("$who: /account 200, /users $users", async ({ user, users }) => {
    const caller = vultr.addUser(user);
    const { apiKey } = vultr.addKey(caller.id);
    expect((await call(vultr, "/account", { apiKey })).status).toBe(200);
    for (const path of ["/users", `/users/${caller.id}`, `/users/${caller.id}/apikeys`]) {
      expect((await call(vultr, path, { apiKey })).status).toBe(users);
    }
  });
});

describe("who is turned away", () => {
  it.each<{ who: string; apiKey: string | null }>([
    { who: "nobody", apiKey: null },
    { who: "a stranger", apiKey: "X".repeat(36) },
  ])("$who", async ({ apiKey }) => {
    const reply = await call(vultr, "/account", { apiKey });
    expect(reply.status).toBe(401);
    expect(JSON.parse(reply.text)).toEqual({ error: "Invalid API token.", status: 401 });
  });

  it.each<{ who: string; spoil: (userId: string, keyId: string) => void }>([
    {
      who: "a deleted key",
      spoil: (_userId, keyId) => {
        vultr.deleteKey(keyId);
      },
    },
    {
      who: "an expired key",
      spoil: () => {
        clock.advance(3_600_000);
      },
    },
    {
      who: "a key of a user without API access",
      spoil: (userId) => {
        vultr.setApiEnabled(userId, false);
      },
    },
    {
      who: "a key of a removed user",
      spoil: (userId) => {
        vultr.removeUser(userId);
      },
    },
  ])("$who", async ({ spoil }) => {
    const user = vultr.addUser();
    const dateExpire = new Date(clock.now() + 3_600_000).toISOString();
    const key = vultr.addKey(user.id, { dateExpire });
    expect(vultr.authenticates(key.apiKey)).toBe(true);
    spoil(user.id, key.id);
    const reply = await call(vultr, "/account", { apiKey: key.apiKey });
    expect([reply.status, reasonIn(reply)]).toEqual([401, "Invalid API token."]);
    expect(vultr.authenticates(key.apiKey)).toBe(false);
  });

  it("a blocked address, named, until it is allowed again", async () => {
    vultr.blockAddress("203.0.113.9");
    const reply = await call(vultr, "/account");
    expect([reply.status, reasonIn(reply)]).toEqual([401, "Unauthorized IP address: 203.0.113.9"]);
    vultr.blockAddress(null);
    expect((await call(vultr, "/account")).status).toBe(200);
  });

  it("a blocked address of one user, and of no other", async () => {
    const user = vultr.addUser();
    const { apiKey } = vultr.addKey(user.id);
    vultr.blockAddress("2001:db8::9", user.id);
    const reply = await call(vultr, "/account", { apiKey });
    expect(reasonIn(reply)).toBe("Unauthorized IP address: 2001:db8::9");
    expect((await call(vultr, "/account")).status).toBe(200);
  });
});
