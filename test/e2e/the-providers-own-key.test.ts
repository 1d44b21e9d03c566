import { startEmulator } from "../emulator";
import { createProject, up } from "../support/project";

const program = (userId: string, keyId: string, trigger: number, allowSelfRevoke: boolean) => `
  const pulumi = require("@pulumi/pulumi");
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  const adoptApiKey = new pulumi.Config("vultr").requireSecret("apiKey");
  const key = new VultrUserApiKey("management", {
    userId: "${userId}", adoptKeyId: "${keyId}", adoptApiKey,
    rotationTrigger: ${trigger}, allowSelfRevoke: ${allowSelfRevoke},
  });
  new VultrUserApiKey("other", { userId: "${userId}", rotationTrigger: ${trigger} });
  exports.apiKey = key.apiKey;
`;

test("the provider's own key is revoked only with allowSelfRevoke, and then rotates in one up", async () => {
  await using vultr = await startEmulator();
  const [management] = vultr.keysOf(vultr.rootUserId);
  const of = (trigger: number, allow: boolean) =>
    program(vultr.rootUserId, management?.id ?? "", trigger, allow);
  const env = { VULTR_API_KEY: undefined };
  await using project = await createProject({ vultr, env, program: of(1, false) });
  await project.setConfig("vultr:apiKey", vultr.rootApiKey, true);
  await project.succeed(up);

  await project.write(of(2, false));
  const sent = vultr.requests.length;
  const refused = await project.pulumi(["preview"]);
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain("it is the key that the provider itself authenticates with");
  expect(vultr.requests).toHaveLength(sent);

  await project.write(of(2, true));
  const { output } = await project.succeed(up);
  expect(output).toContain("Store the new one where vultr:apiKey comes from");
  expect(vultr.authenticates(vultr.rootApiKey)).toBe(false);
  expect(vultr.keysOf(vultr.rootUserId)).toHaveLength(2);
  expect((await project.keysInState()).filter((key) => key.delete === true)).toEqual([]);

  const fresh = vultr.keysOf(vultr.rootUserId).find((key) => key.name.startsWith("management"));
  await project.setConfig("vultr:apiKey", fresh?.apiKey ?? "", true);
  expect((await project.succeed(["up", "--yes"])).output).toContain("3 unchanged");
  await project.succeed(["refresh", "--yes", "--skip-preview"]);
});
