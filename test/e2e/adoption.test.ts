import { startEmulator } from "../emulator";
import { createProject, up } from "../support/project";

const program = (args: object, options: object = {}) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  const key = new VultrUserApiKey("deployer", ${JSON.stringify(args)}, ${JSON.stringify(options)});
  exports.apiKey = key.apiKey;
`;

test("an adopted key stays as it is until its first rotation replaces and revokes it", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  const old = vultr.addKey(user.id, { name: "made by hand", dateExpire: "2999-01-01T00:00:00Z" });
  const args = { userId: user.id, adoptKeyId: old.id, adoptApiKey: old.apiKey };
  await using project = await createProject({ vultr, program: "" });
  await project.setConfig("adopted", old.apiKey, true);
  const withSecret = (trigger: string) =>
    program({ ...args, adoptApiKey: undefined, rotationTrigger: trigger }).replace(
      '"adoptKeyId"',
      'adoptApiKey: new (require("@pulumi/pulumi").Config)().requireSecret("adopted"), "adoptKeyId"',
    );

  await project.write(withSecret("1"));
  await project.succeed(up);
  expect(vultr.keysOf(user.id).map((key) => key.id)).toEqual([old.id]);
  expect((await project.succeed(["up", "--yes"])).output).toContain("2 unchanged");
  const { stdout } = await project.succeed(["stack", "output", "--json"]);
  expect(stdout).toContain("[secret]");

  await project.write(withSecret("2"));
  expect((await project.succeed(["preview"])).output).toContain("+-1 to replace");
  await project.succeed(up);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
  expect(vultr.authenticates(old.apiKey)).toBe(false);

  await project.write(program({ userId: user.id, rotationTrigger: "2" }));
  expect((await project.succeed(["up", "--yes"])).output).toContain("2 unchanged");
});

test("destroying an adopted key deletes it unless retainOnDelete", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  const [kept, deleted] = [vultr.addKey(user.id), vultr.addKey(user.id)];
  await using project = await createProject({
    vultr,
    program: program({ userId: user.id, adoptKeyId: kept.id }, { retainOnDelete: true }),
  });
  await project.succeed(up);
  await project.succeed(["destroy", "--yes", "--skip-preview"]);
  expect(vultr.keysOf(user.id)).toHaveLength(2);

  await project.write(program({ userId: user.id, adoptKeyId: deleted.id }));
  await project.succeed(up);
  await project.succeed(["destroy", "--yes", "--skip-preview"]);
  expect(vultr.keysOf(user.id).map((key) => key.id)).toEqual([kept.id]);
});

test("what cannot be adopted is refused with the reason, and nothing is changed", async () => {
  await using vultr = await startEmulator();
  const [user, other] = [vultr.addUser(), vultr.addUser()];
  const mine = vultr.addKey(user.id, { name: "mine" });
  const theirs = vultr.addKey(other.id, { name: "theirs" });
  await using project = await createProject({ vultr, program: "" });
  const adopt = { userId: user.id, adoptKeyId: mine.id };
  const wrongTail = `X${mine.apiKey.slice(1, -1)}${mine.apiKey.endsWith("A") ? "B" : "A"}`;
  for (const [args, says] of [
    [
      { ...adopt, adoptKeyId: "5c1d0000-0000-4000-8000-000000000001" },
      "has 1 API keys and this is none of them",
    ],
    [{ ...adopt, adoptKeyId: theirs.id }, "that the key belongs to this user"],
    [{ ...adopt, name: "other" }, 'it is named "mine"'],
    [{ ...adopt, dateExpire: "2999-01-01T00:00:00Z" }, "it never expires"],
    [{ ...adopt, adoptApiKey: wrongTail }, "adoptApiKey is not its plaintext"],
  ] as const) {
    await project.write(program(args));
    const failed = await project.pulumi(up);
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain(says);
  }
  await project.write(program(adopt));
  await project.succeed(up);
  await project.write(`${program(adopt)} new VultrUserApiKey("twin", ${JSON.stringify(adopt)});`);
  const twin = await project.pulumi(up);
  expect(twin.code).not.toBe(0);
  expect(twin.output).toContain("this stack manages it already");
  expect(vultr.liveKeys()).toHaveLength(2);
});
