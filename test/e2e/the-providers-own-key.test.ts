import { respond } from "../emulator";
import { sharedScene } from "../support/scene";
import { inSoak } from "../support/depth";

const scene = sharedScene({ env: { VULTR_API_KEY: undefined } });

beforeAll(async () => {
  await scene.setConfig(`${scene.settings}:apiKey`, scene.vultr.rootApiKey, true);
});

inSoak(
  "allowSelfRevoke, set as advised, reaches the old key that is pending deletion",
  async () => {
    const { vultr } = scene;
    const management = vultr.addUser({ email: "admin@example.com", acls: ["manage_users"] });
    const own = vultr.addKey(management.id, { name: "terraform" });
    const program = (rotationTrigger: number, more = {}) => {
      const args = { userId: management.id, adoptKeyId: own.id, rotationTrigger, ...more };
      return `key("own", ${JSON.stringify(args)});`;
    };
    await scene.up(program(1));
    // Rotated with another key in charge, but its deletion fails.
    vultr.inject(respond({ status: 403 }, { method: "DELETE" }));
    await scene.failUp(program(2));

    await scene.setConfig(`${scene.settings}:apiKey`, own.apiKey, true);
    const refused = await scene.failUp();
    expect(refused.output).toContain("set allowSelfRevoke: true and store the new key");
    await scene.up(program(2, { allowSelfRevoke: true }));
    expect(vultr.authenticates(own.apiKey)).toBe(false);
    expect(vultr.keysOf(management.id)).toHaveLength(1);
    await scene.setConfig(`${scene.settings}:apiKey`, vultr.rootApiKey, true);
  },
);

test("the provider's own key is revoked only with allowSelfRevoke, and then rotates in one up", async () => {
  const { vultr } = scene;
  const [management] = vultr.keysOf(vultr.rootUserId);
  const program = (rotationTrigger: number, allowSelfRevoke: boolean) => `
    const adoptApiKey = new pulumi.Config("${scene.settings}").requireSecret("apiKey");
    const shared = { userId: "${vultr.rootUserId}", rotationTrigger: ${rotationTrigger} };
    const own = { adoptKeyId: "${management?.id ?? ""}", allowSelfRevoke: ${allowSelfRevoke} };
    exports.apiKey = key("management", { ...shared, ...own, adoptApiKey }).apiKey;
    key("other", shared);`;
  await scene.up(program(1, false));

  const sent = vultr.requests.length;
  const refused = await scene.failPreview(program(2, false));
  expect(refused.output).toContain("it is the key that the provider itself authenticates with");
  expect(vultr.requests).toHaveLength(sent);

  const { output } = await scene.up(program(2, true));
  expect(output).toContain(
    `Store the new one where ${scene.settings}:apiKey (or VULTR_API_KEY) comes from`,
  );
  expect(vultr.authenticates(vultr.rootApiKey)).toBe(false);
  expect(vultr.keysOf(vultr.rootUserId)).toHaveLength(2);
  expect((await scene.keysInState()).filter((key) => key.delete === true)).toEqual([]);

  const fresh = vultr.keysOf(vultr.rootUserId).find((key) => key.name.startsWith("management"));
  await scene.setConfig(`${scene.settings}:apiKey`, fresh?.apiKey ?? "", true);
  expect((await scene.succeed(["up", "--yes"])).output).toContain("3 unchanged");
  await scene.refresh();
});

inSoak(
  "another management key is used by a refresh as advised, if the one of the last run lost its rights",
  async () => {
    const { vultr } = scene;
    const setKey = (apiKey: string) => scene.setConfig(`${scene.settings}:apiKey`, apiKey, true);
    const admin = vultr.addUser({ email: "weak@example.com", acls: ["manage_users"] });
    await setKey(vultr.addKey(admin.id).apiKey);
    await scene.up(`key("of-weak");`);
    admin.acls.length = 0;
    await setKey(vultr.addKey(vultr.rootUserId).apiKey);
    const refreshing = ["up", "--yes", "--skip-preview", "--refresh"];
    const { output } = await scene.fail(refreshing);
    expect(output).toContain(`or use another key, in ${scene.settings}:apiKey if that is set`);
    expect(output).toMatch(/`pulumi up --refresh` and .*: after a change add --run-program/);
    await scene.succeed([...refreshing, "--run-program"]);
  },
);
