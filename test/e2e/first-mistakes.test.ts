/** What stands between a new user and the first key: `doctor` and `pulumi up` both say what to do. */
import { installedCommand } from "../support/project";
import { type Scene, startScene } from "../support/scene";

test.each<{
  mistake: string;
  /** How far Vultr's clock is ahead. */
  vultrAheadMs?: number;
  make?: (scene: Scene) => void;
  says: string;
  /** If it is something else. */
  upSays?: string;
}>([
  {
    mistake: "a wrong key",
    make: ({ env }) => (env["VULTR_API_KEY"] = "WRONGWRONGWRONGWRONGWRONGWRONGWRONG2"),
    says: "Vultr does not know the key, it has expired, or API access is off for its user. Set a valid one: `pulumi config set --secret vultr:apiKey`",
  },
  {
    mistake: "the key of an ordinary user",
    make: ({ env, vultr, user }) => (env["VULTR_API_KEY"] = vultr.addKey(user.id).apiKey),
    says: "takes the root user or the Manage Users permission (`manage_users`): grant it to the owner of the",
  },
  {
    mistake: "an address that the allowlist lacks",
    make: ({ vultr }) => {
      vultr.blockAddress("203.0.113.9");
    },
    says: "its owner's access control list lacks 203.0.113.9 (IPv4). Add it in Vultr's console",
  },
  {
    mistake: "a base address without /v2",
    make: ({ env, vultr }) => (env["VULTR_API_URL"] = vultr.url.replace(/\/v2$/, "")),
    says: "vultr:apiUrl (or VULTR_API_URL): it does not end with /v2, as Vultr's own address, https://api.vultr.com/v2, does",
  },
  {
    mistake: "a clock that is an hour slow",
    vultrAheadMs: 3_630_000,
    says: "this machine's clock is 1 hour behind Vultr's",
    upSays: "`npx pulumi-vultr-user-api-key doctor` compares it with Vultr's",
  },
])("$mistake", async ({ make, vultrAheadMs = 0, says, upSays = says }) => {
  await using scene = await startScene({ emulator: { now: () => Date.now() + vultrAheadMs } });
  make?.(scene);
  const args = ["doctor", "--user", scene.user.email];
  const doctor = await scene.attempt(await installedCommand(), args);
  await scene.declare(`key("ci", { expiresIn: "30m" });`);
  const run = await scene.failUp();
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toContain(says);
  expect(run.output).toContain(upSays);
  expect(scene.idsAtVultr("ci")).toEqual([]);
});
