/**
 * States of stacks as released versions of this package left them: one key in use, one pending
 * deletion. Later versions must refresh and delete from all of them: never change one.
 */
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Emulator } from "../emulator";
import { repositoryRoot } from "./installed-package";
import type { Project } from "./project";

const folder = join(__dirname, "..", "states");

/** The versions that left a state, such as `0.1.0`. */
export const releasedVersions: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.replace(/\.json$/, ""));

/** What stands in a recorded state for the ids that Vultr gave. */
const recordedIds = {
  user: "00000000-0000-4000-8000-000000000001",
  current: "00000000-0000-4000-8000-000000000002",
  pending: "00000000-0000-4000-8000-000000000003",
};

/** Makes the keys of an old state exist at `vultr`, and the state that of the project's stack. */
export async function importOldState(
  version: string,
  project: Project,
  vultr: Emulator,
): Promise<void> {
  const user = vultr.addUser();
  const current = vultr.addKey(user.id, { name: "deployer-current" });
  const pending = vultr.addKey(user.id, { name: "deployer-pending" });
  const text = (await readFile(join(folder, `${version}.json`), "utf8"))
    .replaceAll(recordedIds.user, user.id)
    .replaceAll(recordedIds.current, current.id)
    .replaceAll(recordedIds.pending, pending.id);
  const path = join(project.folder, "old.json");
  await writeFile(path, text);
  await project.run("pulumi", ["stack", "import", "--file", path]);
}

/**
 * Adds the state of the project's stack as that which this version of the package leaves.
 *
 * @throws {Error} this version has one already
 */
export async function recordState(project: Project, ids: typeof recordedIds): Promise<void> {
  const manifest = await readFile(join(repositoryRoot, "package.json"), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  const exported = await project.run("pulumi", ["stack", "export"]);
  const text = exported.stdout
    .replaceAll(ids.user, recordedIds.user)
    .replaceAll(ids.current, recordedIds.current)
    .replaceAll(ids.pending, recordedIds.pending);
  await writeFile(join(folder, `${version}.json`), text, { flag: "wx" });
}
