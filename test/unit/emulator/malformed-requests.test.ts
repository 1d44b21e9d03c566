import { startEmulator, type Emulator } from "../../emulator";
import { call, keyIn } from "./calling";

let vultr: Emulator;
let keysPath: string;

beforeEach(async () => {
  vultr = await startEmulator({ requestsPerSecond: null });
  keysPath = `/users/${vultr.addUser().id}/apikeys`;
});
afterEach(() => vultr.close());

it.each([
  { path: "/users/%", status: 400 },
  { path: "/users/%E0%A4%A/apikeys", status: 400 },
  { path: "//", status: 404 },
  { path: "/users/", status: 404 },
])("answers $path with $status", async ({ path, status }) => {
  expect((await call(vultr, path)).status).toBe(status);
});

it("answers beside /v2 with 404", async () => {
  expect((await call({ ...vultr, url: new URL(vultr.url).origin }, "/users")).status).toBe(404);
});

it("takes the switch for PATCH on keys for nothing else", async () => {
  vultr.setSwitches({ patchKey: 404 });
  const statusOf = async (path: string) => (await call(vultr, path, { method: "PATCH" })).status;
  expect(await statusOf("/account")).toBe(405);
  expect(await statusOf(keysPath)).toBe(405);
  expect(await statusOf(`${keysPath}/any`)).toBe(404);
});

it.each([
  { date: "2031-06-30T12:00:00", stored: "2031-06-30T12:00:00Z" },
  { date: "2031-06-30", stored: "2031-06-30T00:00:00Z" },
  { date: "2031-06-30T12:00:00+02:00", stored: "2031-06-30T10:00:00Z" },
  { date: "2031-06-30 12:00:00", stored: "2031-06-30T12:00:00Z" },
])("reads $date as UTC unless it says otherwise", async ({ date, stored }) => {
  const body = { expire: true, date_expire: date };
  const key = keyIn(await call(vultr, keysPath, { method: "POST", body }));
  expect(key.date_expire).toBe(stored);
});
