/** Pulumi's order is a default: options, cascades and errors that go on past a failure do not kill a key. */
import { respond } from "../emulator";
import { inSoak } from "../support/depth";
import { type Scene, sharedScene, testOfDynamic } from "../support/scene";

const methodsSince = ({ vultr }: Scene, before: number) =>
  vultr.requests.slice(before).flatMap(({ method }) => (method === "GET" ? [] : [method]));

/** Its replacement deletes first; `same` and `owner` never change, `generation` does. */
const dependency = `
  class Dependency extends pulumi.dynamic.Resource {
    constructor(generation, options) {
      const diff = async (_id, olds, news) => {
        const changes = olds.generation !== news.generation;
        return { changes, replaces: changes ? ["generation"] : [], deleteBeforeReplace: true };
      };
      const outs = { same: "ci", owner: userId };
      const create = async (inputs) => ({ id: "dependency", outs: { ...inputs, ...outs } });
      const props = { generation, same: undefined, owner: undefined };
      super({ diff, create }, "dependency", props, options);
    }
  }`;

describe("a dependency that is replaced delete-first", () => {
  const scene = sharedScene();
  let before: string[];

  const program = (generation: number) => `
    ${dependency}
    const { generation, same, owner } = new Dependency(${generation});
    key("constant", { userId: owner, name: same });
    key("changing", { expiresIn: pulumi.interpolate\`\${generation}00d\`, rotateAfter: "1s" });
    key("triggered", { rotationTrigger: { nested: [generation] } });`;

  beforeAll(async () => {
    await scene.up(program(1));
    before = await scene.idsInState();
    expect(before).toHaveLength(3);
    expect(scene.idsAtVultr("ci")).toHaveLength(1);
  });

  test("nothing changes where the new keys cannot be made", async () => {
    scene.vultr.inject(respond({ status: 400 }, { method: "POST", count: Infinity }));
    const sent = scene.vultr.requests.length;
    await scene.failUp(program(2));
    scene.vultr.clearFaults();
    expect(methodsSince(scene, sent)).not.toContain("DELETE");
    expect(before.every(scene.works)).toBe(true);
  });

  test("the new keys come first, and a key whose args come to the same stays", async () => {
    const sent = scene.vultr.requests.length;
    const constant = (await scene.outputsOf("constant"))["keyId"];
    await scene.up();
    const methods = methodsSince(scene, sent);
    expect(methods.filter((method) => method === "POST")).toHaveLength(2);
    expect(methods.lastIndexOf("POST")).toBeLessThan(methods.indexOf("DELETE"));
    expect(await scene.idsInState()).toHaveLength(3);
    expect((await scene.outputsOf("constant"))["keyId"]).toBe(constant);
  });
});

describe("a dependency that is replaced delete-first, after renames in state", () => {
  const scene = sharedScene();
  const program = (generation: number, first: string, second: string) => `
    ${dependency}
    const dependsOn = key("${first}", { rotationTrigger: 1 });
    const { generation } = new Dependency(${generation}, { dependsOn });
    key("${second}", { rotationTrigger: generation });`;

  inSoak(
    "the engine's question names a URN that another key has: the new key is made first all the same",
    async () => {
      await scene.up(program(1, "a", "b"));
      const { keyId: old } = await scene.outputsOf("b");
      const urns = (await scene.keysInState()).map(({ urn }) => urn);
      const urnOf = (name: string) => urns.find((urn) => urn.endsWith(`::${name}`)) ?? "";
      await scene.succeed(["state", "rename", urnOf("b"), "c", "--yes"]);
      await scene.succeed(["state", "rename", urnOf("a"), "b", "--yes"]);
      scene.vultr.inject(respond({ status: 400 }, { method: "POST", count: Infinity }));
      await scene.failUp(program(2, "b", "c"));
      scene.vultr.clearFaults();
      expect(scene.works(old)).toBe(true);

      const sent = scene.vultr.requests.length;
      await scene.up();
      expect(methodsSince(scene, sent)).toEqual(["POST", "DELETE"]);
      expect(scene.works(old)).toBe(false);
      expect(scene.idsAtVultr()).toEqual(await scene.idsInState());
    },
  );
});

describe("an order that the program or a person chose", () => {
  const scene = sharedScene();
  let before: string[];

  const transform = `
    pulumi.runtime.registerResourceTransform(({ props, opts }) =>
      ({ props, opts: { ...opts, deleteBeforeReplace: true } }));`;
  const program = (trigger: number, others = "") =>
    `key("deployer", { rotationTrigger: ${trigger} }); ${others}`;

  beforeAll(async () => {
    await scene.up(program(1, `key("removed");`));
    before = await scene.idsInState();
  });

  test("deleteBeforeReplace through a transform is refused", async () => {
    const { output } = await scene.failUp(transform + program(2, `key("removed");`));
    expect(output).toContain("remove deleteBeforeReplace");
    expect(before.every(scene.works)).toBe(true);
  });

  test("--continue-on-error with an unproven successor: no key is revoked until all are proven", async () => {
    const { vultr, user } = scene;
    // The new key does not authenticate, and cannot be deleted again.
    vultr.setApiEnabled(user.id, false);
    vultr.inject(respond({ status: 403 }, { method: "DELETE", count: Infinity }));
    const { output } = await scene.failUp(program(2), ["--continue-on-error"]);
    vultr.clearFaults();
    vultr.setApiEnabled(user.id, true);
    expect(output).toContain("the key that it is to replace stays alive");
    expect(output).toContain("then no key is revoked");
    expect(before.every(scene.works)).toBe(true);
  });

  test("one run without all this converges", async () => {
    await scene.up();
    const { keyId, verifiedAt } = await scene.outputsOf("deployer");
    expect(verifiedAt).toEqual(expect.any(String));
    expect(await scene.idsInState()).toEqual([keyId]);
    expect(scene.idsAtVultr()).toEqual([keyId]);
    expect(before).not.toContain(keyId);
  });

  test("a successor that somebody deletes by hand, before the key that it replaced is gone, lets that one live", async () => {
    const { vultr } = scene;
    const [old = ""] = scene.idsAtVultr();
    vultr.inject(respond({ status: 403 }, { method: "DELETE" }));
    await scene.failUp(program(3));
    const successor = (await scene.outputsOf("deployer"))["keyId"];
    vultr.deleteKey(String(successor));
    const { output } = await scene.failUp();
    expect(output).toContain("is no longer listed by Vultr. Run `pulumi up --refresh`");
    expect(scene.works(old)).toBe(true);

    await scene.up(program(3), ["--refresh"]);
    const { keyId } = await scene.outputsOf("deployer");
    expect(scene.idsAtVultr()).toEqual([keyId]);
    expect(await scene.idsInState()).toEqual([keyId]);
  });

  test("a key that the program looks up outlives its rotation, until the program no longer does", async () => {
    const [old = ""] = scene.idsAtVultr();
    const lookUp = `VultrUserApiKey.get("view", userId + "/${old}");`;
    const { output } = await scene.failUp(program(4, lookUp));
    expect(output).toContain("this program looks it up");
    expect(scene.works(old)).toBe(true);
    await scene.up(program(4));
    expect(scene.idsAtVultr()).toEqual([(await scene.outputsOf("deployer"))["keyId"]]);
  });

  test("renamed in state, its name taken, and told to delete first without diff: refused while it has no successor", async () => {
    const urn = (await scene.keysInState())[0]!.urn;
    const [old = ""] = scene.idsAtVultr();
    await scene.succeed(["state", "rename", urn, "renamed", "--yes"]);
    const both = `${program(4)} key("renamed", { rotationTrigger: 4 }, { dependsOn: deployer });`;
    const taken = both.replace("key(", "const deployer = key(");
    const replace = ["--replace", urn.replace("deployer", "renamed")];
    const { output } = await scene.failUp(transform + taken, replace);
    expect(output).toContain("remove deleteBeforeReplace");
    expect(scene.works(old)).toBe(true);

    await scene.up(taken);
    expect(scene.idsAtVultr()).toEqual(await scene.idsInState());
    expect((await scene.outputsOf("renamed"))["keyId"]).toBe(old);
    expect(scene.idsAtVultr().map(scene.works)).toEqual([true, true]);
  });

  test("a new key whose hook fails, in a run that goes on, keeps a removed key; the advice speaks of the other error", async () => {
    const fresh = (hook: string) => `
      const hook = new pulumi.ResourceHook("hook", async () => { ${hook} });
      key("fresh", {}, { hooks: { beforeCreate: [hook] } });`;
    const removed = scene.idsAtVultr();
    const { output } = await scene.failUp(fresh(`throw new Error("not now");`), [
      "--continue-on-error",
    ]);
    expect(output).toContain(
      "a key that may replace it is not made yet. If another error says why",
    );
    expect(removed.map(scene.works)).toEqual(removed.map(() => true));
    await scene.up(fresh(""));
    expect(scene.idsAtVultr()).toEqual([(await scene.outputsOf("fresh"))["keyId"]]);
  });

  testOfDynamic(
    "a hook of a ring is asked before a key of the ring dies, and of that key",
    async () => {
      const ring = (generation: number, hook: string) => `
      const hook = new pulumi.ResourceHook("ask", async ({ oldOutputs }) => { ${hook} });
      const hooks = { beforeDelete: [hook] };
      new VultrUserApiKeyRing("ring", { userId, generation: ${generation} }, { hooks });`;
      await scene.up(ring(2, ""));
      const [oldest, newer] = [await scene.outputsOf("ring-1"), await scene.outputsOf("ring-0")];
      const refusing = `throw new Error("the consumer still uses " + oldOutputs.fingerprint);`;
      const { output } = await scene.failUp(ring(3, refusing));
      expect(output).toContain(`the consumer still uses ${String(oldest["fingerprint"])}`);
      expect([oldest, newer].map(({ keyId }) => scene.works(keyId))).toEqual([true, true]);
      await scene.up(ring(3, ""));
      expect([oldest, newer].map(({ keyId }) => scene.works(keyId))).toEqual([false, true]);
    },
  );
});
