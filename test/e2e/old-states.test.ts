import { importOldState, releasedVersions } from "../support/old-states";
import { startScene } from "../support/scene";

test.each(releasedVersions)(
  "the state that version %s left still refreshes and deletes",
  async (version) => {
    await using scene = await startScene();
    await importOldState(version, scene, scene.vultr);
    expect(await scene.keysInState()).toHaveLength(2);

    await scene.refresh();
    expect(await scene.keysInState()).toHaveLength(2);
    await scene.destroy();
    expect(scene.vultr.liveKeys()).toEqual([]);
    expect(await scene.keysInState()).toEqual([]);
  },
);
