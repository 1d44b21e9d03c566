/** A run revokes only what the state of its own resource records: seen from whoever else holds a key. */
import { respond } from "../emulator";
import { sharedScene, testOfDynamic } from "../support/scene";

const scene = sharedScene();

// The engine tells the two keys of the teams apart by their parents' names alone.
const program = (triggers: { team0: number; deployer: number }) => `
  class Team extends pulumi.ComponentResource {
    constructor(name, rotationTrigger) {
      super("test:index:" + name, name);
      key("ci", { rotationTrigger }, { parent: this });
    }
  }
  new Team("team0", ${triggers.team0});
  new Team("team1", 1);
  key("deployer", { rotationTrigger: ${triggers.deployer} });
  key("exact", { name: "shared" });`;

const outputsOfTeams = async () => {
  const keys = await scene.keysInState();
  return ["team0", "team1"].map((team) => keys.find(({ urn }) => urn.includes(team))?.outputs);
};

beforeAll(async () => {
  await scene.up(program({ team0: 1, deployer: 1 }));
  await scene.run("pulumi", ["stack", "export", "--file", "old.json"]);
});

// One life: each test goes on where the one before it ended.
test("equal siblings under two components: rotating one leaves the other's key alone", async () => {
  const before = await outputsOfTeams();
  const all = scene.idsAtVultr();
  await scene.up(program({ team0: 2, deployer: 2 }));
  const after = await outputsOfTeams();
  expect(after[1]?.["keyId"]).toBe(before[1]?.["keyId"]);
  expect(scene.works(after[1]?.["keyId"])).toBe(true);
  expect(after[0]?.["previousKeyId"]).toBe(before[0]?.["keyId"]);
  expect(scene.works(before[0]?.["keyId"])).toBe(false);
  expect(scene.idsAtVultr()).toHaveLength(all.length);
});

test("a restored checkpoint: the key that came in between may be in use, so it is named and lives", async () => {
  const { keyId: between } = await scene.outputsOf("deployer");
  await scene.run("pulumi", ["stack", "import", "--file", "old.json"]);
  const { output } = await scene.up();
  expect(output).toContain(between);
  expect(output).toContain("`npx pulumi-vultr-user-api-key audit --stack <stack>` tells");
  expect(output).not.toContain("DELETE");
  expect(scene.works(between)).toBe(true);
  expect(scene.works((await scene.outputsOf("deployer"))["keyId"])).toBe(true);
});

// The plugin is told the URN.
testOfDynamic(
  "an old name under ignoreChanges, and a transform that drops the identity: refused, with a way out",
  async () => {
    const before = await scene.idsInState();
    const claimed = await scene.failUp(`
    key("new", {}, { aliases: [{ name: "deployer" }], ignoreChanges: ["*"] });
    key("deployer", { expiresIn: "90d" });`);
    expect(claimed.output).toContain('ignoreChanges: ["*"]');
    const dropped = await scene.failUp(`
    pulumi.runtime.registerResourceTransform(({ props, opts }) => {
      const { resourceUrn, resourceName, ...kept } = props;
      return { props: kept, opts };
    });
    key("dropped");`);
    expect(dropped.output).toContain("the hidden input resourceUrn is missing");
    expect(before.every(scene.works)).toBe(true);
  },
);

describe("another stack, with the names of this one", () => {
  const other = ["--stack", "other"];

  test("its first create does not speak of this one's keys; one without a clear answer deletes nothing", async () => {
    const { keyId: exact } = await scene.outputsOf("exact");
    const others = scene.idsAtVultr("deployer-");
    await scene.run("pulumi", ["stack", "init", "other"]);
    const sent = scene.vultr.requests.length;
    scene.vultr.inject(respond({ status: 504, html: "<h1>no</h1>" }, { method: "POST", skip: 1 }));
    const { output } = await scene.failUp(
      `key("exact", { name: "shared" }, { dependsOn: key("deployer") });`,
      other,
    );
    expect(output).toContain("nothing was deleted");
    expect(output).toContain(exact);
    for (const keyId of others) expect(output).not.toContain(keyId);
    expect(scene.works(exact)).toBe(true);
    expect(scene.idsAtVultr("deployer-other-")).toHaveLength(1);
    expect(scene.vultr.requests.slice(sent).map(({ method }) => method)).not.toContain("DELETE");
  });

  test("the next run makes it a key of the same exact name", async () => {
    await scene.up(undefined, other);
    expect(scene.idsAtVultr("shared")).toHaveLength(2);
    for (const { name } of scene.vultr.keysOf(scene.user.id))
      expect(name).toMatch(/^shared$|^(ci|deployer)-test-\w{8}$|^deployer-other-\w{8}$/);
  });
});
