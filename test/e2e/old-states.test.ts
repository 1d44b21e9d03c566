import { startEmulator } from "../emulator";
import { importOldState, releasedVersions } from "../support/old-states";
import { createProject } from "../support/project";

test.each(releasedVersions)(
  "the state that version %s left still refreshes and deletes",
  async (version) => {
    await using vultr = await startEmulator();
    await using project = await createProject({ vultr, program: "" });
    await importOldState(version, project, vultr);
    expect(await project.keysInState()).toHaveLength(2);

    await project.succeed(["refresh", "--yes", "--skip-preview"]);
    expect(await project.keysInState()).toHaveLength(2);
    await project.succeed(["destroy", "--yes", "--skip-preview"]);
    expect(vultr.liveKeys()).toEqual([]);
    expect(await project.keysInState()).toEqual([]);
  },
);
