/**
 * States of stacks as released versions of this package left them: one key in use, one pending
 * deletion. Later versions must refresh and delete from all of them: never change one.
 */
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { repositoryRoot } from "./installed-package";
import type { Scene } from "./scene";

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

/** Makes the keys of an old state exist at Vultr, and the state that of the scene's stack. */
export async function importOldState(version: string, scene: Scene): Promise<void> {
  const { vultr, user } = scene;
  const current = vultr.addKey(user.id, { name: "deployer-current" });
  const pending = vultr.addKey(user.id, { name: "deployer-pending" });
  const text = (await readFile(join(folder, `${version}.json`), "utf8"))
    .replaceAll(recordedIds.user, user.id)
    .replaceAll(recordedIds.current, current.id)
    .replaceAll(recordedIds.pending, pending.id);
  const path = join(scene.folder, "old.json");
  await writeFile(path, text);
  await scene.run("pulumi", ["stack", "import", "--file", path]);
}

/**
 * Adds the state of the scene's stack as that which this version of the package leaves.
 *
 * @throws {Error} this version has one already
 */
export async function recordState(scene: Scene, ids: typeof recordedIds): Promise<void> {
  const manifest = await readFile(join(repositoryRoot, "package.json"), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  const exported = await scene.run("pulumi", ["stack", "export"]);
  const text = exported.stdout
    .replaceAll(ids.user, recordedIds.user)
    .replaceAll(ids.current, recordedIds.current)
    .replaceAll(ids.pending, recordedIds.pending);
  await writeFile(join(folder, `${version}.json`), text, { flag: "wx" });
}
