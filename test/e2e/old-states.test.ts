import { respond } from "../emulator";
import { importOldState, recordState, releasedVersions } from "../support/old-states";
import { startScene } from "../support/scene";

test.each(releasedVersions)(
  "the state that version %s left still refreshes and deletes",
  async (version) => {
    await using scene = await startScene();
    await importOldState(version, scene);
    expect(await scene.keysInState()).toHaveLength(2);

    await scene.refresh();
    expect(await scene.keysInState()).toHaveLength(2);
    await scene.destroy();
    expect(scene.vultr.liveKeys()).toEqual([]);
    expect(await scene.keysInState()).toEqual([]);
  },
);

test.each(releasedVersions)(
  "a rename of a key of version %s, with an alias: the key that waits for its deletion outlives a successor that is gone",
  async (version) => {
    await using scene = await startScene();
    await importOldState(version, scene);
    const [current, pending] = scene.vultr.keysOf(scene.user.id);
    scene.vultr.deleteKey(current!.id);
    const renamed = (rotationTrigger: number) => {
      const args = `{ expiresIn: "90d", rotationTrigger: ${rotationTrigger} }`;
      return `key("renamed", ${args}, { aliases: [{ name: "deployer" }] });`;
    };
    const { output } = await scene.failUp(renamed(2));
    // From its recorded expiry on, that is what is said of it.
    const [, successor] =
      /key (\S+), which replaces it, (?:is no longer listed|expired)/.exec(output) ?? [];
    expect(successor).toBe(current!.id);
    expect(scene.works(pending!.id)).toBe(true);

    await scene.up(renamed(3));
    expect(scene.works(pending!.id)).toBe(false);
    expect(await scene.idsInState()).toEqual(scene.idsAtVultr());
  },
);

// RECORD_STATE=1 npm test -- test/e2e/old-states
if (process.env["RECORD_STATE"] === "1")
  test("this version leaves a key in use and a pending deletion, for later ones", async () => {
    await using scene = await startScene();
    const { vultr, user } = scene;
    const args = `expiresIn: "90d", rotateAfter: "30d", rotateBeforeExpiry: "14d"`;
    const generation = (trigger: number) =>
      `key("deployer", { ${args}, rotationTrigger: { generation: ${trigger} } });`;
    await scene.up(generation(1));
    const refusal = { status: 401, json: { error: "Invalid API token." } };
    vultr.inject(respond(refusal, { method: "DELETE" }));
    await scene.failUp(generation(2));
    expect(await scene.keysInState()).toHaveLength(2);
    const [pending, current] = vultr.keysOf(user.id);
    await recordState(scene, { user: user.id, current: current!.id, pending: pending!.id });
  });
