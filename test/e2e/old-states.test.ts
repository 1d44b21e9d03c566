import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { startEmulator } from "../emulator";
import { createProject } from "../support/project";

const folder = join(__dirname, "..", "states");

/*
 * Each file is the export of a stack as a version of this package left it, with one key in use and
 * one pending deletion. Later versions must refresh and delete from all of them: never change one.
 */
test.each(readdirSync(folder))(
  "state %s still refreshes and deletes",
  async (file) => {
    await using vultr = await startEmulator();
    const user = vultr.addUser();
    const current = vultr.addKey(user.id, { name: "deployer-current" });
    const pending = vultr.addKey(user.id, { name: "deployer-pending" });
    await using project = await createProject({ vultr, program: "" });

    const text = (await readFile(join(folder, file), "utf8"))
      .replaceAll("00000000-0000-4000-8000-000000000001", user.id)
      .replaceAll("00000000-0000-4000-8000-000000000002", current.id)
      .replaceAll("00000000-0000-4000-8000-000000000003", pending.id);
    const path = join(project.folder, "old.json");
    await writeFile(path, text);
    await project.run("pulumi", ["stack", "import", "--file", path]);
    expect(await project.keysInState()).toHaveLength(2);

    await project.succeed(["refresh", "--yes", "--skip-preview"]);
    expect(await project.keysInState()).toHaveLength(2);
    await project.succeed(["destroy", "--yes", "--skip-preview"]);
    expect(vultr.liveKeys()).toEqual([]);
    expect(await project.keysInState()).toEqual([]);
  },
  60_000,
);
