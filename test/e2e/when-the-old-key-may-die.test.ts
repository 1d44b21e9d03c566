/** Pulumi's order is a default: options, cascades and errors that go on past a failure do not kill a key. */
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
  /** Its replacement deletes first; \`same\` never changes, \`generation\` does. */
  class Dependency extends pulumi.dynamic.Resource {
    constructor(generation) {
      super(
        {
          diff: async (_id, olds, news) => ({
            changes: olds.generation !== news.generation,
            replaces: olds.generation !== news.generation ? ["generation"] : [],
            deleteBeforeReplace: true,
          }),
          create: async (inputs) => ({ id: "dependency", outs: { ...inputs, same: "ci" } }),
        },
        "dependency", { generation, same: undefined }, { deleteBeforeReplace: true },
      );
    }
  }
`;

const methods = (from: number) =>
  vultr.requests
    .slice(from)
    .filter(({ method }) => method !== "GET")
    .map(({ method }) => method);

const authenticates = (keyId: unknown) => {
  const key = vultr.liveKeys().find(({ id }) => id === keyId);
  return key !== undefined && vultr.authenticates(key.apiKey);
};

test("a dependency that is replaced delete-first: the new key comes first, or nothing changes", async () => {
  const program = (generation: number) => `${head}
    const { generation, same } = new Dependency(${generation});
    new VultrUserApiKey("constant", { userId: "${user.id}", name: same });
    new VultrUserApiKey("changing", {
      userId: "${user.id}",
      expiresIn: pulumi.interpolate\`\${generation}00d\`,
      rotateAfter: "1s",
    });
    new VultrUserApiKey("triggered", { userId: "${user.id}", rotationTrigger: generation });`;
  await project.write(program(1));
  await project.succeed(up);
  const before = await project.keysInState();
  expect(before).toHaveLength(3);

  await project.write(program(2));
  vultr.inject(respond({ status: 400 }, { method: "POST", count: Infinity }));
  let from = vultr.requests.length;
  expect((await project.pulumi(up)).code).not.toBe(0);
  vultr.clearFaults();
  expect(methods(from)).not.toContain("DELETE");
  expect(before.every(({ outputs }) => authenticates(outputs?.["keyId"]))).toBe(true);

  from = vultr.requests.length;
  await project.succeed(up);
  const sent = methods(from);
  expect(sent.filter((method) => method === "POST")).toHaveLength(2);
  expect(sent.lastIndexOf("POST")).toBeLessThan(sent.indexOf("DELETE"));
  const after = await project.keysInState();
  expect(after).toHaveLength(3);
  const constant = (keys: typeof after) => keys.find(({ urn }) => urn.endsWith("::constant"));
  expect(constant(after)?.outputs?.["keyId"]).toBe(constant(before)?.outputs?.["keyId"]);
});

test("deleteBeforeReplace through a transform: refused, and without it one run converges", async () => {
  const program = (trigger: number, options: string) => `${head}
    pulumi.runtime.registerResourceTransform(({ props, opts }) => ({ props, opts: { ...opts, ${options} } }));
    new VultrUserApiKey("deployer", { userId: "${user.id}", rotationTrigger: ${trigger} });`;
  await project.write(program(1, ""));
  await project.succeed(up);
  const [old] = vultr.keysOf(user.id);

  await project.write(program(2, "deleteBeforeReplace: true"));
  const refused = await project.pulumi(up);
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain("remove deleteBeforeReplace");
  expect(authenticates(old?.id)).toBe(true);

  await project.write(program(2, ""));
  await project.succeed(up);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
  expect(authenticates(old?.id)).toBe(false);
  expect(await project.keysInState()).toHaveLength(1);
});

test("--continue-on-error with an unproven successor: no key is revoked until all are proven", async () => {
  const program = (trigger: number, others: string) => `${head}
    new VultrUserApiKey("deployer", { userId: "${user.id}", rotationTrigger: ${trigger} });
    ${others}`;
  await project.write(program(1, `new VultrUserApiKey("removed", { userId: "${user.id}" });`));
  await project.succeed(up);
  const before = (await project.keysInState()).map(({ outputs }) => outputs?.["keyId"]);

  // The new key does not authenticate, and cannot be deleted again.
  vultr.setApiEnabled(user.id, false);
  vultr.inject(respond({ status: 403 }, { method: "DELETE", count: Infinity }));
  await project.write(program(2, ""));
  const failed = await project.pulumi([...up, "--continue-on-error"]);
  expect(failed.code).not.toBe(0);
  expect(failed.output).toContain("the key that it is to replace stays alive");
  expect(failed.output).toContain("then no key is revoked");
  vultr.clearFaults();
  vultr.setApiEnabled(user.id, true);
  expect(before.every(authenticates)).toBe(true);

  await project.succeed(up);
  const recorded = await project.keysInState();
  expect(recorded).toHaveLength(1);
  expect(recorded[0]?.outputs?.["verifiedAt"]).toEqual(expect.any(String));
  expect(vultr.keysOf(user.id).map(({ id }) => id)).toEqual([recorded[0]?.outputs?.["keyId"]]);
});

test("a page of something in between with 403 proves no key", async () => {
  await project.write(`${head} new VultrUserApiKey("deployer", { userId: "${user.id}" });`);
  const html = "<html><title>Blocked</title></html>";
  vultr.inject(respond({ status: 403, html }, { path: "/account", count: Infinity }));
  const failed = await project.pulumi(up);
  expect(failed.code).not.toBe(0);
  expect(failed.output).toContain('403, an HTML page titled "Blocked"');
  expect(vultr.liveKeys()).toEqual([]);
  expect(await project.keysInState()).toEqual([]);
});

test("a trigger that only the run knows: the preview shows the replacement that the run may bring", async () => {
  const program = (generation: number) => `${head}
    new VultrUserApiKey("deployer", {
      userId: "${user.id}", rotationTrigger: new Dependency(${generation}).generation,
    });`;
  await project.write(program(1));
  await project.succeed(up);
  await project.write(program(2));
  const preview = await project.succeed(["preview"]);
  expect(preview.output).toMatch(/UserApiKey +deployer +replace/);
  await project.succeed(up);
  expect(vultr.timeline.map(({ event }) => event)).toEqual(["created", "created", "deleted"]);
});
