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
  for (const entry of readdirSync(place, { withFileTypes: true }))
    if (entry.isDirectory()) makeWritable(path.join(place, entry.name));
}

/** The bytes of a file or of all files in a folder. Of a file with several names each has its part. */
function bytesOf(place) {
  const found = lstatSync(place);
  if (!found.isDirectory()) return found.size / found.nlink;
  return readdirSync(place).reduce((sum, name) => sum + bytesOf(path.join(place, name)), 0);
}

/** How large a file or a folder is, such as "117 MB". */
export function sizeText(place) {
  const bytes = bytesOf(place);
  if (bytes < 100_000) return `${Math.ceil(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;
}
