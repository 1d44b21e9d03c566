/** The Pulumi CLI and its backend, asked for what they alone know. */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { promisify } from "node:util";

import { UsageError } from "./command";

/** What the CLI prints. @throws {UsageError} it is missing, or fails */
export async function pulumi(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd = process.cwd(),
): Promise<string> {
  const options = { env, cwd, maxBuffer: 1024 * 1024 * 1024 };
  try {
    return (await promisify(execFile)("pulumi", [...args, "--non-interactive"], options)).stdout;
  } catch (error) {
    throw new UsageError(`the Pulumi CLI is missing or failed: ${String(error)}`);
  }
}

/**
 * Where a run holds a lock, or a killed run left one: `<project>/<stack>`, or `<stack>` in a backend
 * from before there were projects. Undefined if locks cannot be seen: no command of the CLI shows one,
 * `pulumi stack export` ignores them, and a folder as backend has them as files,
 * `.pulumi/locks/organization/<project>/<stack>/<id>.json` or `.pulumi/locks/<stack>/<id>.json`.
 */
export async function readLocks(env: NodeJS.ProcessEnv): Promise<string[] | undefined> {
  try {
    const { url } = JSON.parse(await pulumi(["whoami", "--json"], env)) as { url: string };
    const folder = /^file:\/\/([^?]*)/.exec(url)?.[1];
    if (folder === undefined) return undefined;
    const bookkeeping = join(resolve(folder.replace(/^~/, userInfo().homedir)), ".pulumi");
    if (!(await readdir(bookkeeping)).includes("locks")) return [];
    const files = await readdir(join(bookkeeping, "locks"), { recursive: true });
    const locks = files.filter((file) => file.endsWith(".json"));
    return locks.map((file) => dirname(file).split(sep).slice(-2).join("/"));
  } catch {
    return undefined;
  }
}

/** A stack whose first run has recorded nothing yet may be known by its name alone. */
export function isLocked(stack: string, locks: readonly string[]): boolean {
  const wanted = stack.split("/").slice(-2).join("/");
  return locks.some((lock) => `/${wanted}`.endsWith(`/${lock}`) || lock.endsWith(`/${wanted}`));
}
