/** A run revokes only what the state of its own resource records: seen from whoever else holds a key. */

import { type EmulatedUser, type Emulator, respond, startEmulator } from "../emulator";
import { createProject, type Project, up } from "../support/project";

let vultr: Emulator;
let user: EmulatedUser;
let project: Project;

beforeEach(async () => {
  vultr = await startEmulator();
  user = vultr.addUser();
  project = await createProject({ vultr, program: "" });
});

afterEach(async () => {
  await project[Symbol.asyncDispose]();
  await vultr.close();
});

const head = `
  const pulumi = require("@pulumi/pulumi");
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
`;

const keyIdOf = (resource: { outputs?: Record<string, unknown> } | undefined) =>
  String(resource?.outputs?.["keyId"]);
const worksById = (keyId: string) => {
  const key = vultr.keysOf(user.id).find(({ id }) => id === keyId);
  return key !== undefined && vultr.authenticates(key.apiKey);
};

test("equal siblings under two components: rotating one leaves the other's key alone", async () => {
  const program = (...triggers: number[]) => `${head}
    class Team extends pulumi.ComponentResource {
      constructor(name, rotationTrigger) {
        super("test:index:Team", name);
        new VultrUserApiKey("ci", { userId: "${user.id}", rotationTrigger }, { parent: this });
      }
    }
    ${triggers.map((trigger, at) => `new Team("team${at}", ${trigger});`).join("\n")}
  `;
  // One type of parent: the engine tells the two keys apart by their parents' names alone.
  const apart = (...triggers: number[]) =>
    program(...triggers).replace(
      'super("test:index:Team", name)',
      'super("test:index:" + name, name)',
    );
  await project.write(apart(1, 1));
  await project.succeed(up);
  const before = await project.keysInState();
  expect(before).toHaveLength(2);

  await project.write(apart(2, 1));
  await project.succeed(up);
  const after = await project.keysInState();
  const at = (keys: typeof after, team: string) => keys.find(({ urn }) => urn.includes(team));
  expect(keyIdOf(at(after, "team1"))).toBe(keyIdOf(at(before, "team1")));
  expect(worksById(keyIdOf(at(after, "team1")))).toBe(true);
  expect(at(after, "team0")?.outputs?.["previousKeyId"]).toBe(keyIdOf(at(before, "team0")));
  expect(worksById(keyIdOf(at(before, "team0")))).toBe(false);
  expect(vultr.keysOf(user.id)).toHaveLength(2);
});

test("a restored checkpoint: the key that came in between may be in use, so it is named and lives", async () => {
  const program = (trigger: number) =>
    `${head} new VultrUserApiKey("deployer", { userId: "${user.id}", rotationTrigger: ${trigger} });`;
  await project.write(program(1));
  await project.succeed(up);
  await project.run("pulumi", ["stack", "export", "--file", "old.json"]);
  await project.write(program(2));
  await project.succeed(up);
  const between = keyIdOf((await project.keysInState())[0]);
  await project.run("pulumi", ["stack", "import", "--file", "old.json"]);

  const restored = await project.succeed(up);
  expect(restored.output).toContain(between);
  expect(restored.output).toContain("`npx pulumi-vultr-user-api-key audit` tells");
  expect(restored.output).not.toContain("DELETE");
  expect(worksById(between)).toBe(true);
  expect(worksById(keyIdOf((await project.keysInState())[0]))).toBe(true);
});

test("two stacks with one exact name, and a create without a clear answer: nothing is deleted", async () => {
  const program = `${head} new VultrUserApiKey("deployer", { userId: "${user.id}", name: "ci" });`;
  await project.write(program);
  await project.succeed(up);
  const [first] = vultr.keysOf(user.id);
  await project.run("pulumi", ["stack", "init", "other"]);

  vultr.inject(respond({ status: 504, html: "<h1>no</h1>" }, { method: "POST" }));
  const failed = await project.pulumi([...up, "--stack", "other"]);
  expect(failed.code).not.toBe(0);
  expect(failed.output).toContain("Nothing was deleted");
  expect(failed.output).toContain(first?.id);
  expect(worksById(first?.id ?? "")).toBe(true);
  expect(vultr.requests.filter(({ method }) => method === "DELETE")).toEqual([]);

  await project.succeed([...up, "--stack", "other"]);
  expect(vultr.keysOf(user.id)).toHaveLength(2);
});

test("the first create of a stack does not speak of other stacks' keys", async () => {
  await project.write(`${head} new VultrUserApiKey("deployer", { userId: "${user.id}" });`);
  await project.succeed(up);
  await project.run("pulumi", ["stack", "init", "other"]);
  const second = await project.succeed([...up, "--stack", "other"]);
  expect(second.output).not.toContain(vultr.keysOf(user.id)[0]?.id);
  expect(vultr.keysOf(user.id).map(({ name }) => name)).toEqual([
    expect.stringMatching(/^deployer-test-\w{8}$/),
    expect.stringMatching(/^deployer-other-\w{8}$/),
  ]);
});

test("an old name under ignoreChanges, and a transform that drops the identity: refused, with a way out", async () => {
  const named = (name: string, options: string) =>
    `new VultrUserApiKey("${name}", { userId: "${user.id}" }, ${options});`;
  await project.write(`${head} ${named("old", "{}")}`);
  await project.succeed(up);
  await project.write(`${head}
    ${named("new", '{ aliases: [{ name: "old" }], ignoreChanges: ["*"] }')}
    new VultrUserApiKey("old", { userId: "${user.id}", expiresIn: "90d" });`);
  const claimed = await project.pulumi(up);
  expect(claimed.code).not.toBe(0);
  expect(claimed.output).toContain('ignoreChanges: ["*"]');

  await project.write(`${head}
    pulumi.runtime.registerResourceTransform(({ props, opts }) => {
      const { resourceUrn, resourceName, ...kept } = props;
      return { props: kept, opts };
    });
    ${named("dropped", "{}")}`);
  const dropped = await project.pulumi(up);
  expect(dropped.code).not.toBe(0);
  expect(dropped.output).toContain("the hidden input resourceUrn is missing");
  expect(vultr.keysOf(user.id).every((key) => vultr.authenticates(key.apiKey))).toBe(true);
});
