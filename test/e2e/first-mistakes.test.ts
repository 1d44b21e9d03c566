/** What stands between a new user and the first key: `doctor` and `pulumi up` both say what to do. */
import { installedCommand } from "../support/project";
import { sharedScene } from "../support/scene";

let vultrAheadMs = 0;
const scene = sharedScene({ emulator: { now: () => Date.now() + vultrAheadMs } });

beforeAll(() => scene.declare(`key("ci", { expiresIn: "30m" });`));

test.each<{
  mistake: string;
  env?: () => NodeJS.ProcessEnv;
  /** The address that the allowlist lacks. */
  blocked?: string;
  /** How far Vultr's clock is ahead. */
  aheadMs?: number;
  says: string;
  /** If it is something else. */
  upSays?: string;
}>([
  {
    mistake: "a wrong key",
    env: () => ({ VULTR_API_KEY: "WRONGWRONGWRONGWRONGWRONGWRONGWRONG2" }),
    says: "Vultr does not know the key, it has expired, or API access is off for its user. Set a valid one: `pulumi config set --secret vultr:apiKey`",
  },
  {
    mistake: "the key of an ordinary user",
    env: () => ({ VULTR_API_KEY: scene.vultr.addKey(scene.user.id).apiKey }),
    says: "takes the root user or the Manage Users permission (`manage_users`): grant it to the owner of the",
  },
  {
    mistake: "an address that the allowlist lacks",
    blocked: "203.0.113.9",
    says: "its owner's access control list lacks 203.0.113.9 (IPv4). Add it in Vultr's console",
  },
  {
    mistake: "a base address without /v2",
    env: () => ({ VULTR_API_URL: scene.vultr.url.replace(/\/v2$/, "") }),
    says: "vultr:apiUrl (or VULTR_API_URL): it does not end with /v2, as Vultr's own address, https://api.vultr.com/v2, does",
  },
  {
    mistake: "a clock that is an hour slow",
    aheadMs: 3_630_000,
    says: "this machine's clock is 1 hour behind Vultr's",
    upSays: "`npx pulumi-vultr-user-api-key doctor` compares it with Vultr's",
  },
])("$mistake", async ({ env, blocked = null, aheadMs = 0, says, upSays = says }) => {
  scene.vultr.blockAddress(blocked);
  vultrAheadMs = aheadMs;
  const options = { env: { ...scene.env, ...env?.() } };
  const args = ["doctor", "--user", scene.user.email];
  const doctor = await scene.attempt(await installedCommand(), args, options);
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toContain(says);
  const { output } = await scene.fail(["up", "--yes", "--skip-preview"], options);
  expect(output).toContain(upSays);
  expect(scene.idsAtVultr("ci")).toEqual([]);
});
