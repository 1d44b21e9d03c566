/** Nothing that is seen through a wrong credential, a lagging list or another's e-mail address means "gone". */
import { type EmulatedUser, type Emulator, respond, startEmulator } from "../emulator";
import { createProject, type Project, up } from "../support/project";

let vultr: Emulator;
let user: EmulatedUser;
let project: Project;

const head = `const { VultrUserApiKey, VultrProvider } = require("pulumi-vultr-user-api-key");`;
const program = (trigger: number) => `${head}
  new VultrUserApiKey("deployer", { userEmail: "deployer@example.com", rotationTrigger: ${trigger} });`;

beforeAll(async () => {
  vultr = await startEmulator();
  user = vultr.addUser({ email: "deployer@example.com" });
  project = await createProject({ vultr, program: program(1) });
  await project.succeed(up);
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await vultr.close();
});

/** The key of state authenticates, and state still has it. */
async function expectKept(): Promise<void> {
  const [recorded, ...others] = await project.keysInState();
  expect(others).toEqual([]);
  const keys = vultr.keysOf(user.id);
  expect(keys.map(({ id }) => id)).toEqual([recorded?.outputs?.["keyId"]]);
  expect(vultr.authenticates(keys[0]?.apiKey ?? "")).toBe(true);
}

test("another organisation's credential: neither refresh nor destroy drops the key", async () => {
  // At the other organisation the user is unknown and its list is missing; the key itself works everywhere.
  const unknown = { status: 404, json: { error: "Invalid user", status: 404 } };
  const others = { status: 200, json: { users: [], meta: { total: 0, links: { next: "" } } } };
  for (const command of ["refresh", "destroy"]) {
    vultr.inject(
      respond(others, { method: "GET", path: "/users", count: Infinity }),
      respond(unknown, { path: /^\/users\/./, count: Infinity }),
    );
    const failed = await project.pulumi([command, "--yes", "--skip-preview"]);
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain("yet the key authenticates");
    expect(failed.output).toContain("of the organisation that the key belongs to");
    vultr.clearFaults();
    await expectKept();
  }
});

test("a list that lags: refresh says so and keeps the key", async () => {
  const empty = { status: 200, json: { api_keys: [] } };
  vultr.inject(respond(empty, { method: "GET", path: "/users/*/apikeys", count: Infinity }));
  const failed = await project.pulumi(["refresh", "--yes", "--skip-preview"]);
  vultr.clearFaults();
  expect(failed.code).not.toBe(0);
  expect(failed.output).toContain("Vultr's list is behind");
  await expectKept();
  await project.succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
});

test("a list that says there is more is followed; one that does not say where proves nothing", async () => {
  const part = { api_keys: [], meta: { total: 1, links: { next: "" } } };
  vultr.inject(
    respond(
      { status: 200, json: part },
      { method: "GET", path: "/users/*/apikeys", count: Infinity },
    ),
  );
  const failed = await project.pulumi(["refresh", "--yes", "--skip-preview"]);
  vultr.clearFaults();
  expect(failed.code).not.toBe(0);
  expect(failed.output).toContain("Vultr lists 0 of 1");
  await expectKept();
});

test("an e-mail address that now belongs to another user: the rotation is refused", async () => {
  const mover = {
    users: [{ id: "5c1d0000-0000-4000-8000-000000000001", email: "deployer@example.com" }],
  };
  vultr.inject(respond({ status: 200, json: mover }, { path: "/users", count: Infinity }));
  await project.write(program(2));
  const failed = await project.pulumi(up);
  vultr.clearFaults();
  expect(failed.code).not.toBe(0);
  expect(failed.output).toContain("this address now belongs to user 5c1d0000");
  expect(failed.output).toContain(`userId: ${user.id}`);
  await expectKept();
});

test.each(["undefined", '""'])(
  "a VultrProvider whose apiKey is %s fails in the preview, whatever the environment holds",
  async (apiKey) => {
    await project.write(`${head}
      const provider = new VultrProvider("emea", { apiKey: ${apiKey} });
      new VultrUserApiKey("other", { userId: "${user.id}" }, { provider });`);
    const before = vultr.requests.length;
    const preview = await project.pulumi(["preview"]);
    expect(preview.code).not.toBe(0);
    expect(preview.output).toContain("has an empty apiKey");
    expect(vultr.requests).toHaveLength(before);
  },
);
