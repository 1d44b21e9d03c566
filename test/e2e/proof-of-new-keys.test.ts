import { deadKey, lateKey, startEmulator } from "../emulator";
import { atDepth } from "../support/depth";
import { createProject, up } from "../support/project";

const program = (userId: string, trigger: number) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  new VultrUserApiKey("deployer", { userId: "${userId}", rotationTrigger: ${trigger} });
`;

test("a new key that is refused is deleted, the old one stays, and the next up succeeds", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  await using project = await createProject({ vultr, program: program(user.id, 1) });
  await project.succeed(up);
  const [old] = vultr.keysOf(user.id);

  await project.write(program(user.id, 2));
  vultr.setApiEnabled(user.id, false);
  const failed = await project.pulumi(up);
  expect(failed.code).not.toBe(0);
  expect(failed.output).toContain(`API access is off for user ${user.id}`);
  expect(failed.output).toContain("The new key was deleted again, nothing else was changed");
  expect(vultr.keysOf(user.id).map((key) => key.id)).toEqual([old?.id]);
  expect((await project.keysInState()).map((key) => key.outputs?.["keyId"])).toEqual([old?.id]);

  vultr.setApiEnabled(user.id, true);
  expect(vultr.authenticates(old?.apiKey ?? "")).toBe(true);
  await project.succeed(up);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
  expect(vultr.keysOf(user.id)[0]?.id).not.toBe(old?.id);
});

// A minute of waiting, which a unit test watches by a clock of its own.
const inSoak = atDepth({ gate: test.skip, soak: test });

inSoak("a key that never works is given up after a minute, and says so", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  vultr.inject(deadKey());
  await using project = await createProject({ vultr, program: program(user.id, 1) });
  const failed = await project.pulumi(up);
  expect(failed.code).not.toBe(0);
  expect(failed.output).toContain('after 60 s Vultr still answers "Invalid API token."');
  expect(vultr.liveKeys()).toEqual([]);
});

test("a key that works only after 8 seconds is waited for, visibly", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  vultr.inject(lateKey({ ms: 8_000 }));
  await using project = await createProject({ vultr, program: program(user.id, 1) });
  const { output } = await project.succeed(up);
  expect(output).toMatch(
    /waiting for API key "deployer-test-\w+" to start working \(\d+ s so far\)/,
  );
  expect(vultr.keysOf(user.id)).toHaveLength(1);
  const [key] = await project.keysInState();
  expect(key?.outputs?.["verifiedAt"]).toMatch(/^\d{4}-.*Z$/);
});

test("a key that cannot be judged from a blocked address is kept, with a warning", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  vultr.blockAddress("192.0.2.1", user.id);
  await using project = await createProject({ vultr, program: program(user.id, 1) });
  const { output } = await project.succeed(up);
  expect(output).toContain("cannot be judged from here");
  expect(output).toContain("192.0.2.1");
  const [key] = await project.keysInState();
  expect(key?.outputs).not.toHaveProperty("verifiedAt");
});
