/** The probes of verify-emulator find each value of each switch on the emulator; here is what they do not look at. */
import type { Switches } from "../../emulator";
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
