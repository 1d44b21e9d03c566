/** Runs the Pulumi CLI, and reads the locks in its backend. */
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
  const options = { env, cwd, maxBuffer: 1024 ** 3 }; // bytes: a state may be large
  try {
    return (await promisify(execFile)("pulumi", [...args, "--non-interactive"], options)).stdout;
  } catch (error) {
    throw new UsageError(`the Pulumi CLI is missing or failed: ${String(error)}`);
  }
}

/**
 * The stacks that a run has locked, or that a killed run left locked. No command of the CLI shows locks, so
 * this looks for the files of a `file://` backend: `.pulumi/locks/organization/<project>/<stack>/<id>.json`,
 * or `.pulumi/locks/<stack>/<id>.json` in an old backend, which has no projects.
 *
 * @returns `<project>/<stack>` or `<stack>`; undefined if locks cannot be seen
 */
export async function readLocks(env: NodeJS.ProcessEnv): Promise<string[] | undefined> {
  try {
    const { url } = JSON.parse(await pulumi(["whoami", "--json"], env)) as { url: string };
    const folder = /^file:\/\/([^?]*)/.exec(url)?.[1];
    if (folder === undefined) return undefined;
    const path = decodeURIComponent(folder).replace(/^~/, userInfo().homedir);
    const dataFolder = join(resolve(path), ".pulumi");
    if (!(await readdir(dataFolder)).includes("locks")) return [];
    const files = await readdir(join(dataFolder, "locks"), { recursive: true });
    const lockFiles = files.filter((file) => file.endsWith(".json"));
    return lockFiles.map((file) => dirname(file).split(sep).slice(-2).join("/"));
  } catch {
    return undefined;
  }
}

/** Compares the ends of names: that of a stack before its first run is recorded, and of a lock, may lack the project. */
export function isOneOf(stack: string, others: readonly string[]): boolean {
  const wanted = `/${stack.split("/").slice(-2).join("/")}`;
  return others.some((other) => wanted.endsWith(`/${other}`) || `/${other}`.endsWith(wanted));
}

/** The stack as a command takes it, in the backend of these locks. A name that a shell might read as more is left to be filled in. */
export function nameForCli(stack: string, locks: readonly string[]): string {
  if (!/^[\w./-]+$/.test(stack)) return "<stack>";
  const parts = stack.split("/");
  const name = parts.at(-1) ?? "";
  if (locks.includes(name)) return name; // an old backend
  return parts.length === 2 ? `organization/${stack}` : stack;
}
