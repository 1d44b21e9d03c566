/** Nothing that is seen through a wrong credential, a lagging list or another's e-mail address means "gone". */
import { type Fault, respond } from "../emulator";
import { sharedScene } from "../support/scene";
import { inSoak } from "../support/depth";

const scene = sharedScene();

const program = (trigger: number) => `key("deployer", { userEmail, rotationTrigger: ${trigger} });`;

beforeAll(async () => {
  await scene.up(program(1));
});

const stranger = "5c1d0000-0000-4000-8000-000000000001";
const answer = (path: string, json: object): Fault =>
  respond({ status: 200, json }, { method: "GET", path, count: Infinity });
const otherAccount = [
  // The user is unknown there and its list is missing; the key itself works everywhere.
  answer("/users", { users: [], meta: { total: 0, links: { next: "" } } }),
  respond(
    { status: 404, json: { error: "Invalid user" } },
    { path: /^\/users\/./, count: Infinity },
  ),
];

test.each<{ what: string; faults: Fault[]; command: "up" | "refresh" | "destroy"; says: string[] }>(
  [
    ...(["refresh", "destroy"] as const).map((command) => ({
      what: `another organisation's credential at ${command}`,
      faults: otherAccount,
      command,
      says: ["yet the key authenticates", "of the organisation that the key belongs to"],
    })),
    {
      what: "a list that lags at refresh",
      faults: [answer("/users/*/apikeys", { api_keys: [] })],
      command: "refresh",
      says: ["Vultr's list is behind"],
    },
    {
      what: "an e-mail address that now belongs to another user, at a rotation",
      faults: [answer("/users", { users: [{ id: stranger, email: "deployer@example.com" }] })],
      command: "up",
      says: [`this address now belongs to user ${stranger}`, "userId: «user»"],
    },
  ],
)("$what: it fails, and the key is kept", async ({ command, faults, says }) => {
  await scene.declare(program(command === "up" ? 2 : 1));
  scene.vultr.inject(...faults);
  const { output } = await scene.fail([command, "--yes", "--skip-preview"]);
  scene.vultr.clearFaults();
  for (const part of says) expect(output).toContain(part.replace("«user»", scene.user.id));
  const recorded = await scene.idsInState();
  expect(recorded).toHaveLength(1);
  expect(scene.idsAtVultr()).toEqual(recorded);
  expect(recorded.every(scene.works)).toBe(true);
});

inSoak(
  "a key whose user was deleted is forgotten as advised, also if others depend on it",
  async () => {
    const { vultr } = scene;
    const gone = vultr.addUser({ email: "gone@example.com" });
    const consumer = (trigger: string) => `key("consumer", { rotationTrigger: ${trigger} });`;
    const never = `const gone = new VultrUserApiKey("gone", { userId: "${gone.id}", verify: false });`;
    await scene.up(never + consumer("gone.keyId"));
    vultr.removeUser(gone.id);
    const advice = "first remove it from the program and run `pulumi up`, also if that fails";
    const refused = await scene.fail(["refresh", "--yes", "--skip-preview"]);
    expect(refused.output).toContain(advice);
    const recorded = (await scene.keysInState()).find(({ urn }) => urn.endsWith("::gone"));
    const forget = ["state", "delete", recorded?.urn ?? "", "--yes"];
    expect((await scene.fail(forget)).output).toContain("the following resources depend on it");
    expect((await scene.failUp(consumer("1"))).output).toContain(advice);
    await scene.succeed(forget);
    await scene.up();
    expect(await scene.idsInState()).toEqual(scene.idsAtVultr());
  },
);
