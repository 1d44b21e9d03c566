/** The probes of verify-emulator find each value of each switch on the emulator; here is what they do not look at. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { defaultSwitches, switchAlternatives, type Switches } from "../../emulator";
import { call, keyIn, type Scene, startScene } from "./scene";

it("`authenticates` says of a key what a call with it finds", async () => {
  await using scene = await startScene();
  const { vultr, clock, userId, statusOf } = scene;
  const dateExpire = new Date(clock.now() + 60_000).toISOString();
  const newKey = () => vultr.addKey(userId, { dateExpire, settled: false });
  let key = newKey();
  const expectWorks = async (works: boolean) => {
    expect(vultr.authenticates(key.apiKey)).toBe(works);
    expect(await statusOf("/account", key)).toBe(works ? 200 : 401);
  };
  await expectWorks(true);
  vultr.setApiEnabled(userId, false);
  await expectWorks(false);
  vultr.setApiEnabled(userId, true);
  vultr.setStatus(userId, "suspended");
  await expectWorks(false);
  vultr.setSwitches({ suspendedUser: "accepted" });
  await expectWorks(true);
  vultr.blockAddress("203.0.113.9", userId);
  await expectWorks(false);
  vultr.blockAddress(null, userId);
  vultr.setSwitches({ emptyAllowlist: "block" });
  await expectWorks(false);
  vultr.setSwitches({ emptyAllowlist: "allow" });
  await expectWorks(true);
  vultr.deleteKey(key.id);
  await expectWorks(false);
  vultr.setSwitches({ newKey: { listedAfterMs: 0, usableAfterMs: 200 } });
  key = newKey();
  await expectWorks(false);
  clock.advance(200);
  await expectWorks(true);
  clock.advance(60_000);
  await expectWorks(false);
});

it.each<
  [what: string, switches: Partial<Switches>, look: (scene: Scene) => unknown, seen: unknown]
>([
  [
    "root deletes keys without a right to it",
    { deleteRight: "own" },
    ({ vultr, userId, path, statusOf }) =>
      statusOf(`${path}/${vultr.addKey(userId).id}`, { method: "DELETE" }),
    204,
  ],
  [
    "whoever sees the bills sees the account",
    { weakAccount: 403 },
    ({ vultr, statusOf }) =>
      statusOf("/account", vultr.addKey(vultr.addUser({ acls: ["billing"] }).id)),
    200,
  ],
  [
    "an expired key that is not listed is not read either",
    { expiredKeyListed: "disappears" },
    ({ vultr, userId, path, statusOf }) => {
      const { id } = vultr.addKey(userId, { dateExpire: "2020-01-01T00:00:00Z" });
      return statusOf(`${path}/${id}`);
    },
    404,
  ],
  [
    "a list that is whole need not say so",
    { otherFields: "absent" },
    async ({ vultr }) => Object.keys(JSON.parse((await call(vultr, "/users")).text) as object),
    ["users"],
  ],
])("%s", async (_, switches, look, seen) => {
  await using scene = await startScene({ switches });
  expect(await look(scene)).toEqual(seen);
});

// Seven looks, 50 ms apart, at whether the key works, is listed and is read.
it.each<[seen: string, newKey: Switches["newKey"]]>([
  ["yyyyyyy", "at-once"],
  ["nnnnyyy", { listedAfterMs: 200, usableAfterMs: 200 }],
  ["nynynyy", "flapping"],
])("a new key is found %s, newKey %j, and the management key always", async (seen, newKey) => {
  await using scene = await startScene({ switches: { newKey } });
  const { vultr, clock, path, create, list, statusOf } = scene;
  const { id, api_key: apiKey } = keyIn(await create());
  let [used, listed, read] = ["", "", ""];
  for (let look = 0; look < 7; look += 1) {
    used += (await statusOf("/account", { apiKey })) === 200 ? "y" : "n";
    listed += (await list()).length === 1 ? "y" : "n";
    read += (await statusOf(`${path}/${id}`)) === 200 ? "y" : "n";
    clock.advance(50);
  }
  expect([used, listed, read]).toEqual([seen, seen, seen]);
  expect(await statusOf(`/users/${vultr.rootUserId}/apikeys`)).toBe(200);
});

// What the caller meets, and the answer that was sent.
it.each<[lostCreateReply: Switches["lostCreateReply"], met: unknown, sent: number | null]>([
  ["off", 202, 202],
  ["reset", "ECONNRESET", null],
  ["timeout", "ABORT_ERR", null],
  ["504-html", 504, 504],
])("a create makes a key, lostCreateReply %s", async (lostCreateReply, met, sent) => {
  await using scene = await startScene({ switches: { lostCreateReply } });
  const { vultr, userId, path, list } = scene;
  const patience = new AbortController();
  const meets = call(vultr, path, { method: "POST", signal: patience.signal }).then(
    (reply) => reply.status,
    (error: unknown) => (error as { code: string }).code,
  );
  while (vultr.keysOf(userId).length === 0) await list();
  if (lostCreateReply === "timeout") patience.abort();
  expect(await meets).toBe(met);
  expect(vultr.requests.find((request) => request.method === "POST")?.status).toBe(sent);
  expect(vultr.keysOf(userId)).toHaveLength(1);
});

const labelOf = (value: unknown) => (typeof value === "object" && value ? "late" : String(value));

it.each(Object.keys(defaultSwitches) as (keyof Switches)[])(
  "%s is told in NOTES.md with its default and its alternatives",
  (name) => {
    const notes = readFileSync(join(__dirname, "../../emulator/NOTES.md"), "utf8");
    const row = new RegExp(`^\\| \`${name}\` +\\| \`(.*?)\` +\\| (.*?) +\\|$`, "m");
    const [, byDefault, others] = row.exec(notes)!;
    expect(byDefault).toBe(labelOf(defaultSwitches[name]));
    // Delays are an object in code, and a number of milliseconds in the notes.
    for (const value of switchAlternatives[name])
      expect(others).toContain(labelOf(value).replace("late", "200"));
  },
);
