import { type Emulator, startEmulator } from "../emulator";
import { atDepth } from "../support/depth";
import { createProject, type Project } from "../support/project";

const anyUser = "5c1d0000-0000-4000-8000-000000000001";

const mistakes: { what: string; args: object; says: string }[] = [
  { what: "no-owner", args: {}, says: "userId or userEmail is missing" },
  {
    what: "two-owners",
    args: { userId: anyUser, userEmail: "a@example.com" },
    says: "userId and userEmail are both given",
  },
  { what: "empty-id", args: { userId: "" }, says: "userId: must not be empty" },
  { what: "email-as-id", args: { userId: "a@example.com" }, says: "userEmail instead" },
  { what: "empty-email", args: { userEmail: " " }, says: "userEmail: must not be empty" },
  { what: "empty-name", args: { userId: anyUser, name: "" }, says: "name: must not be empty" },
  {
    what: "control-characters",
    args: { userId: anyUser, name: "a\u0007b" },
    says: "name: must not hold line breaks or control characters",
  },
  {
    what: "long-name",
    args: { userId: anyUser, name: "n".repeat(10_000) },
    says: "name: must be at most 128 characters",
  },
  {
    what: "past",
    args: { userId: anyUser, dateExpire: "2020-01-01T00:00:00Z" },
    says: "dateExpire is in the past",
  },
  {
    what: "malformed-time",
    args: { userId: anyUser, dateExpire: "next year" },
    says: "dateExpire: must be an RFC 3339 time such as",
  },
  {
    what: "two-expiries",
    args: { userId: anyUser, dateExpire: "2999-01-01T00:00:00Z", expiresIn: "90d" },
    says: "dateExpire and expiresIn are both given",
  },
  {
    what: "duration",
    args: { userId: anyUser, expiresIn: "soon" },
    says: 'expiresIn: write a number and a unit, such as "90d"',
  },
  {
    what: "months",
    args: { userId: anyUser, expiresIn: "3 months" },
    says: "expiresIn: months and years differ in length",
  },
  {
    what: "unknown-arg",
    args: { userId: anyUser, rotationTriger: "1" },
    says: '"rotationTriger" is not an arg of a Vultr API key; the args are userId, userEmail, name',
  },
];

const program = (args: readonly object[]) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  for (const { what, args } of ${JSON.stringify(args)}) new VultrUserApiKey(what, args);
`;

describe("a mistake fails the preview, names the property and sends nothing", () => {
  let vultr: Emulator;
  let project: Project;

  beforeAll(async () => {
    vultr = await startEmulator();
    project = await createProject({ vultr, program: "" });
  });

  afterAll(async () => {
    await project[Symbol.asyncDispose]();
    await vultr.close();
  });

  // The engine stops at the first mistake, so each has a preview of its own. The others are unit tests too.
  const some = ["no-owner", "email-as-id", "long-name", "unknown-arg"];
  const tried = atDepth({
    gate: mistakes.filter(({ what }) => some.includes(what)),
    soak: mistakes,
  });

  test.each(tried)("$what", async (mistake) => {
    await project.write(program([mistake]));
    const preview = await project.pulumi(["preview"]);
    expect(preview.code).not.toBe(0);
    expect(preview.output).toContain(`'${mistake.what}' has a problem: `);
    expect(preview.output).toContain(mistake.says);
    expect(preview.output).not.toContain("    at ");
    expect(preview.output).not.toContain("nnnnnnnnnn");
    expect(vultr.requests).toEqual([]);
  });
});

test("a plain http address that is not loopback is refused in preview", async () => {
  await using vultr = await startEmulator();
  const env = { VULTR_API_URL: undefined };
  const good = { what: "good", args: { userId: anyUser } };
  await using project = await createProject({ vultr, env, program: program([good]) });
  await project.setConfig("vultr:apiUrl", "http://api.example.com/v2");
  const preview = await project.pulumi(["preview"]);
  expect(preview.code).not.toBe(0);
  expect(preview.output).toContain("vultr:apiUrl (or VULTR_API_URL) must start with https://");
});

test("values that a preview does not know yet pass", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  await using project = await createProject({
    vultr,
    program: `
      const pulumi = require("@pulumi/pulumi");
      const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
      const provider = { create: async () => ({ id: "made", outs: { userId: "${user.id}", rest: "x" } }) };
      class Made extends pulumi.dynamic.Resource {
        constructor() { super(provider, "made", { userId: undefined, rest: undefined }); }
      }
      const made = new Made();
      new VultrUserApiKey("deployer", {
        userId: made.userId, name: made.rest, rotationTrigger: { nested: [made.rest] },
      });
    `,
  });
  await project.succeed(["preview"]);
  expect(vultr.requests).toEqual([]);
  await project.succeed(["up", "--yes"]);
  expect(vultr.keysOf(user.id).map((key) => key.name)).toEqual(["x"]);
});

test("deleteBeforeReplace is refused with the reason", async () => {
  await using vultr = await startEmulator();
  await using project = await createProject({
    vultr,
    program: `
      const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
      new VultrUserApiKey("deployer", { userId: "${anyUser}" }, { deleteBeforeReplace: true });
    `,
  });
  const preview = await project.pulumi(["preview"]);
  expect(preview.code).not.toBe(0);
  expect(preview.output).toContain(
    "deleteBeforeReplace would revoke the old key before its successor works",
  );
  expect(preview.output).not.toContain("    at ");
  expect(vultr.requests).toEqual([]);
});
