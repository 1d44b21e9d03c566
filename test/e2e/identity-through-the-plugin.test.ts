/** Through the plugin: whose key it is after a rename, and whose credential revokes it. */
import { startEmulator } from "../emulator";
import { sharedScene, startScene } from "../support/scene";

describe("a rename with an alias", () => {
  const scene = sharedScene({ door: "plugin" });
  const keyText = (name: string, args: object, options: object) =>
    `key("${name}", ${JSON.stringify(args)}, ${JSON.stringify(options)});`;
  /** Both keys, by their new names where `isRenamed`; `rotated` are those whose trigger is bumped. */
  const program = (isRenamed: boolean[], rotated: string[], options = {}) => {
    const declared = ["own", "borrowed"].map((name, at) => {
      const isRotated = rotated.includes(name);
      const args = {
        rotationTrigger: isRotated ? 2 : 1,
        ...(name === "borrowed" && { adoptKeyId: borrowed }),
      };
      const [now, alias] = isRenamed[at] ? [`${name}-now`, { aliases: [{ name }] }] : [name, {}];
      return keyText(now, args, { ...alias, ...(isRotated && options) });
    });
    return declared.join("\n");
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
      `could not revoke API key ${String(keyId)}: a key that may replace it is not made yet`,
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
    const alias = { aliases: [{ name: "own-now" }] };
    const { output } = await scene.up(keyText("last", { rotationTrigger: 2 }, alias));
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
    await using scene = await startScene({ door: "plugin" });
    scene.alsoSecret(() => two.issuedApiKeys());
    await scene.setConfig("credential", two.rootApiKey, true);
    const userId = two.addUser().id;
    const program = (credential: string, trigger = 1) => `
      const two = new VultrProvider("two", { apiUrl: "${two.url}", ${credential} });
      key("deployer", { userId: "${userId}", rotationTrigger: ${trigger} }, { provider: two });`;

    const { output } = await scene.failPreview(program(""));
    expect(output).toContain("the provider of this key has an empty apiKey");
    expect([...two.requests, ...scene.vultr.requests]).toEqual([]);

    const given = `apiKey: new pulumi.Config().requireSecret("credential")`;
    await scene.up(program(given));
    await scene.up(program(given, 2));
    expect(two.timeline.map((entry) => entry.liveKeyIds.length)).toEqual([1, 2, 1]);
    await scene.destroy();
    expect(two.liveKeys()).toEqual([]);
    expect(scene.vultr.requests).toEqual([]);
  });
});
