/** What lies on the disk: how large it is, and how it goes. */
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
  for (const entry of readdirSync(place, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(path.join(place, entry.name));
  }
}

/**
 * The bytes of a file, or of all files in a folder; 0 if there is nothing.
 *
 * @param {Set<string>} [counted] files with several names that were counted before: they take their
 *   place on the disk once
 */
export function sizeOf(place, counted = new Set()) {
  const found = lstatSync(place, { throwIfNoEntry: false });
  if (!found) return 0;
  if (found.isDirectory()) {
    return readdirSync(place)
      .map((name) => sizeOf(path.join(place, name), counted))
      .reduce((sum, size) => sum + size, 0);
  }
  if (found.nlink > 1) {
    const file = `${found.dev}:${found.ino}`;
    if (counted.has(file)) return 0;
    counted.add(file);
  }
  return found.size;
}

/** Such as "117 MB". */
export function sizeText(bytes) {
  if (bytes < 100_000) return `${Math.ceil(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;
}
