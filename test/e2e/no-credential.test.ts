import { startEmulator } from "../emulator";
import { createProject, up } from "../support/project";

const program = (userId: string, trigger: number) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  new VultrUserApiKey("deployer", { userId: "${userId}", rotationTrigger: ${trigger} });
`;

test("without a credential every preview succeeds and every up fails with both ways to set one", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  const env = { VULTR_API_KEY: undefined };
  await using project = await createProject({ vultr, env, program: program(user.id, 1) });

  await project.succeed(["preview"]);
  const failed = await project.pulumi(up);
  expect(failed.code).not.toBe(0);
  expect(failed.output).toContain("pulumi config set --secret vultr:apiKey");
  expect(failed.output).toContain("VULTR_API_KEY");
  expect(failed.output).not.toContain("    at ");
  expect(vultr.requests).toEqual([]);

  await project.setConfig("vultr:apiKey", vultr.rootApiKey, true);
  await project.succeed(up);
  const sent = vultr.requests.length;
  await project.run("pulumi", ["config", "rm", "vultr:apiKey"]);
  await project.write(program(user.id, 2));

  const preview = await project.succeed(["preview", "--diff"]);
  expect(preview.output).toContain("+-1 to replace");
  expect((await project.pulumi(up)).code).not.toBe(0);
  expect(vultr.requests).toHaveLength(sent);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
});
