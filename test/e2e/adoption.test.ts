/** A borrowed key: only its rotation revokes it, and it has one owner. */
import { type EmulatedKey, type EmulatedUser, type Emulator, startEmulator } from "../emulator";
import { createProject, type Project, up } from "../support/project";

const keyOf = (name: string, args: object, options = "{}") =>
  `new VultrUserApiKey(${JSON.stringify(name)}, ${JSON.stringify(args)}, ${options});`;

const program = (...statements: string[]) => `
  const pulumi = require("@pulumi/pulumi");
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  ${statements.join("\n")}
`;

let vultr: Emulator;
let user: EmulatedUser;
let project: Project;

beforeEach(async () => {
  vultr = await startEmulator();
  user = vultr.addUser();
  project = await createProject({ vultr, program: program() });
});

afterEach(async () => {
  await project[Symbol.asyncDispose]();
  await vultr.close();
});

const run = async (...statements: string[]) => {
  await project.write(program(...statements));
  return project.pulumi(up);
};

const succeed = async (...statements: string[]) => {
  const result = await run(...statements);
  expect(result).toMatchObject({ code: 0 });
  return result;
};

const works = (key: EmulatedKey | undefined) => vultr.authenticates(key?.apiKey ?? "");

test("an adopted key stays as it is until its first rotation replaces and revokes it", async () => {
  const old = vultr.addKey(user.id, { name: "made by hand", dateExpire: "2999-01-01T00:00:00Z" });
  await project.setConfig("adopted", old.apiKey, true);
  const adopting = (rotationTrigger: string) =>
    `exports.apiKey = new VultrUserApiKey("deployer", {
      userId: "${user.id}", adoptKeyId: "${old.id}", rotationTrigger: "${rotationTrigger}",
      adoptApiKey: new pulumi.Config().requireSecret("adopted"),
    }).apiKey;`;

  await succeed(adopting("1"));
  expect(vultr.keysOf(user.id).map((key) => key.id)).toEqual([old.id]);
  expect((await project.succeed(["up", "--yes"])).output).toContain("2 unchanged");
  expect((await project.succeed(["stack", "output", "--json"])).stdout).toContain("[secret]");

  await project.write(program(adopting("2")));
  expect((await project.succeed(["preview"])).output).toContain("+-1 to replace");
  await succeed(adopting("2"));
  expect(vultr.keysOf(user.id)).toHaveLength(1);
  expect(works(old)).toBe(false);
  const [rotated] = await project.keysInState();
  expect(rotated?.outputs?.["previousKeyId"]).toBe(old.id);

  // Someone deletes its successor by hand: the advice leads on.
  vultr.deleteKey(vultr.keysOf(user.id)[0]?.id ?? "");
  await project.succeed(["refresh", "--yes", "--skip-preview"]);
  const stuck = await run(adopting("2"));
  expect(stuck.output).toContain("If the key has been rotated here since, remove adoptKeyId");
  await succeed(keyOf("deployer", { userId: user.id, rotationTrigger: "2" }));
  expect(works(vultr.keysOf(user.id)[0])).toBe(true);
});

test("whatever else ends the resource leaves the key as it was found, and says so", async () => {
  const key = vultr.addKey(user.id, { name: "in use" });
  const args = { userId: user.id, adoptKeyId: key.id };
  const left = `API key ${key.id} of user ${user.id} stays as it was found`;
  await succeed(keyOf("deployer", args));

  // A rename without an alias, then a move under a parent.
  expect((await succeed(keyOf("renamed", args))).output).toContain(left);
  const parent = `const parent = new pulumi.ComponentResource("test:index:Team", "team");`;
  const moved = [parent, keyOf("renamed", args, "{ parent }")];
  expect((await succeed(...moved)).output).toContain(left);
  expect((await project.succeed(["up", "--yes"])).output).toContain("unchanged");

  // Forced replacements adopt it again.
  const urn = (await project.keysInState())[0]?.urn ?? "";
  await project.succeed([...up, "--replace", urn]);
  await project.run("pulumi", ["state", "taint", urn]);
  await project.succeed(up);
  expect(works(key)).toBe(true);
  expect((await project.keysInState()).map(({ outputs }) => outputs?.["keyId"])).toEqual([key.id]);

  expect((await project.succeed(["destroy", "--yes", "--skip-preview"])).output).toContain(left);
  expect(works(key)).toBe(true);
  expect(vultr.requests.filter(({ method }) => method !== "GET")).toEqual([]);
});

test("a second adoption in one program is refused; taking one of two recorded ones out leaves the key", async () => {
  const key = vultr.addKey(user.id, { name: "in use" });
  const args = { userId: user.id, adoptKeyId: key.id };
  const refusal = "is the key of another resource of this program";
  const both = await run(keyOf("one", args), keyOf("two", args));
  expect(both.code).not.toBe(0);
  expect(both.output).toContain(refusal);

  // Both are in one state, as 0.1.0 let it happen.
  await succeed(keyOf("one", args));
  const { stdout } = await project.run("pulumi", ["stack", "export"]);
  const state = JSON.parse(stdout) as { deployment: { resources: Record<string, unknown>[] } };
  const { resources } = state.deployment;
  const one = resources.find(({ urn }) => String(urn).endsWith("::one"));
  resources.push(
    JSON.parse(JSON.stringify(one).replaceAll("::one", "::two")) as (typeof resources)[0],
  );
  const { writeFile } = await import("node:fs/promises");
  await writeFile(`${project.folder}/both.json`, JSON.stringify(state));
  await project.run("pulumi", ["stack", "import", "--file", "both.json"]);

  const told = await succeed(keyOf("one", args), keyOf("two", args));
  expect(told.output).toContain("another resource of this program holds it too");
  const rotating = { ...args, rotationTrigger: 2 };
  // The engine registers them in any order; were the second first, it would rotate and the key would stay all the same.
  const afterOne = keyOf("two", rotating, "{ dependsOn: [one] }");
  const refused = await run(`const one = ${keyOf("one", args)}`, afterOne);
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain("could not rotate API key");
  expect(works(key)).toBe(true);

  await succeed(keyOf("two", args));
  expect(works(key)).toBe(true);
  await succeed(keyOf("two", rotating));
  expect(works(key)).toBe(false);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
});

test("what cannot be adopted is refused with the reason, and nothing is changed", async () => {
  const other = vultr.addUser();
  const mine = vultr.addKey(user.id, { name: "mine" });
  const theirs = vultr.addKey(other.id, { name: "theirs" });
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
    const failed = await run(keyOf("deployer", args));
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain(says);
  }
  expect(vultr.liveKeys()).toHaveLength(2);
});
