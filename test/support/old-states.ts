/**
 * States of stacks as released versions of this package left them: one key in use, one pending
 * deletion. Later versions must refresh and delete from all of them: never change one.
 */
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { version } from "../../package.json";
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
  const recorded = await readFile(join(folder, `${version}.json`), "utf8");
  const ids = { user: user.id, current: current.id, pending: pending.id };
  const path = join(scene.folder, "old.json");
  await writeFile(path, replaced(recorded, recordedIds, ids));
  await scene.run("pulumi", ["stack", "import", "--file", path]);
}

function replaced(text: string, from: typeof recordedIds, to: typeof recordedIds): string {
  const { user, current, pending } = from;
  return text
    .replaceAll(user, to.user)
    .replaceAll(current, to.current)
    .replaceAll(pending, to.pending);
}

/**
 * Adds the state of the scene's stack as that which this version of the package leaves.
 *
 * @throws {Error} this version has one already
 */
export async function recordState(scene: Scene, ids: typeof recordedIds): Promise<void> {
  const { stdout } = await scene.run("pulumi", ["stack", "export"]);
  const text = replaced(stdout, ids, recordedIds);
  await writeFile(join(folder, `${version}.json`), text, { flag: "wx" });
}
