/** Removes what lies on the disk. */
import { chmodSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";

const removal = { recursive: true, force: true, maxRetries: 3 };

export async function removeTree(directory) {
  makeWritable(directory);
  await rm(directory, removal);
}

/** For a process that is about to exit. */
export function removeTreeAtOnce(directory) {
  makeWritable(directory);
  rmSync(directory, removal);
}

/** Go makes a toolchain that it fetches read-only, whatever its flags say, and then nothing in it can go. */
function makeWritable(place) {
  if (!lstatSync(place, { throwIfNoEntry: false })?.isDirectory()) return;
  chmodSync(place, 0o700);
  for (const entry of readdirSync(place, { withFileTypes: true }))
    if (entry.isDirectory()) makeWritable(path.join(place, entry.name));
}
