/** Through the plugin: whose key it is after a rename, and whose credential revokes it. */
import { startEmulator } from "../emulator";
import { sharedScene, startScene } from "../support/scene";

const type = "vultr-user-api-key:index:VultrUserApiKey";

const urnOf = (name: string) => `urn:pulumi:test::project::${type}::${name}`;

/** A program in YAML, which takes JSON as well. */
const resources = (declared: Record<string, object>) => `resources: ${JSON.stringify(declared)}\n`;

describe("a rename with an alias", () => {
  const scene = sharedScene({ door: "yaml" });
  const key = (properties: object, options = {}) => ({
    type,
    properties: { userId: scene.user.id, ...properties },
    options,
  });
  /** Both keys, by their new names where `isRenamed`; `rotated` are those whose trigger is bumped. */
  const program = (isRenamed: boolean[], rotated: string[], options = {}) => {
    const declared = ["own", "borrowed"].map((name, at) => {
      const isRotated = rotated.includes(name);
      const properties = {
        rotationTrigger: isRotated ? 2 : 1,
        ...(name === "borrowed" && { adoptKeyId: borrowed }),
      };
      const alias = isRenamed[at] === true && { aliases: [urnOf(name)] };
      const more = { ...alias, ...(isRotated && options) };
      return [isRenamed[at] === true ? `${name}-now` : name, key(properties, more)] as const;
    });
    return resources(Object.fromEntries(declared));
  };
  let borrowed: string;
  let before: string[];

  beforeAll(async () => {
    borrowed = scene.vultr.addKey(scene.user.id, { name: "in use" }).id;
    await scene.up(program([false, false], []));
    before = await scene.idsInState();
  });

  // The engine tells delete the URN from before.
  test.each([
    ["own", [true, false]],
    ["borrowed", [true, true]],
  ])("and deleteBeforeReplace at a rotation is refused: %s", async (name, isRenamed) => {
    const { keyId } = await scene.outputsOf(name);
    const dbr = { deleteBeforeReplace: true };
    const { output } = await scene.failUp(program(isRenamed, [name], dbr));
    expect(output).toContain(
      `could not revoke API key ${String(keyId)}: the key that replaces it is not made yet`,
    );
    expect(before.every(scene.works)).toBe(true);
    expect(await scene.idsInState()).toEqual(before);
  });

  test("and a rotation in one run: both old keys die, their successors last", async () => {
    await scene.up(program([true, true], ["own", "borrowed"]));
    expect(before.map(scene.works)).toEqual([false, false]);
    expect(await scene.idsInState()).toEqual(scene.idsAtVultr());
    expect(scene.idsAtVultr().map(scene.works)).toEqual([true, true]);
  });

  test("changes nothing by itself, and a key whose resource is removed dies under its new name", async () => {
    const alias = { aliases: [urnOf("own-now")] };
    const last = resources({ last: key({ rotationTrigger: 2 }, alias) });
    const { output } = await scene.up(last);
    expect(output).toContain("2 unchanged");
    expect(output).toContain("- 1 deleted");
    expect(await scene.idsInState()).toEqual(scene.idsAtVultr());
    await scene.destroy();
    expect(scene.idsAtVultr()).toEqual([]);
  });
});

describe("an explicit provider", () => {
  test("uses its own credential; without one it is refused, whatever the environment has", async () => {
    await using two = await startEmulator();
    await using scene = await startScene({ door: "yaml" });
    scene.alsoSecret(() => two.issuedApiKeys());
    await scene.setConfig("credential", two.rootApiKey, true);
    const userId = two.addUser().id;
    const program = (provider: object, trigger = 1) =>
      resources({
        two: {
          type: "pulumi:providers:vultr-user-api-key",
          properties: { apiUrl: two.url, ...provider },
        },
        deployer: {
          type,
          properties: { userId, rotationTrigger: trigger },
          options: { provider: "${two}" },
        },
      });

    for (const empty of [{}, { apiKey: "" }]) {
      const { output } = await scene.failPreview(program(empty));
      expect(output).toContain("the provider of this key has an empty apiKey");
    }
    await scene.failUp();
    expect([...two.requests, ...scene.vultr.requests]).toEqual([]);

    const given = { apiKey: "${credential}" };
    await scene.up(program(given));
    await scene.up(program(given, 2));
    expect(two.timeline.map((entry) => entry.liveKeyIds.length)).toEqual([1, 2, 1]);
    await scene.destroy();
    expect(two.liveKeys()).toEqual([]);
    expect(scene.vultr.requests).toEqual([]);
  });
});
