/** The probes of verify-emulator find each value of each switch on the emulator; here is what they do not look at. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { defaultSwitches, switchAlternatives, type Switches } from "../../emulator";
import { call, type Scene, startScene } from "./scene";

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
