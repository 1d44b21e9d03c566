import { respond, startEmulator } from "../emulator";
import { createProject, up } from "../support/project";

const program = (userId: string, trigger: number) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  new VultrUserApiKey("deployer", { userId: "${userId}", rotationTrigger: ${trigger} });
`;

test("a new key that can neither be proven nor deleted is kept in state, and the old one stays alive", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  await using project = await createProject({ vultr, program: program(user.id, 1) });
  await project.succeed(up);
  const [old] = vultr.keysOf(user.id);

  const unprovable = respond({ status: 404 }, { method: "GET", path: "/account", count: Infinity });
  vultr.inject(unprovable, respond({ status: 403 }, { method: "DELETE", count: Infinity }));
  await project.write(program(user.id, 2));
  const failed = await project.pulumi(up);
  expect(failed.code).not.toBe(0);
  expect(failed.output).toContain("could not be deleted again");
  expect(failed.output).toContain(
    "It is kept in state, and the key that it is to replace stays alive",
  );
  const [kept, pending] = await project.keysInState();
  expect(kept?.initErrors).toHaveLength(1);
  expect(pending?.outputs?.["keyId"]).toBe(old?.id);

  vultr.clearFaults();
  vultr.inject(unprovable);
  expect((await project.pulumi(up)).code).not.toBe(0);
  expect(vultr.authenticates(old?.apiKey ?? "")).toBe(true);

  vultr.clearFaults();
  await project.succeed(up);
  expect(vultr.keysOf(user.id).map((key) => key.id)).toEqual([kept?.outputs?.["keyId"]]);
  const [proven] = await project.keysInState();
  expect(proven?.initErrors).toBeUndefined();
  expect(proven?.outputs?.["verifiedAt"]).toMatch(/Z$/);
});
