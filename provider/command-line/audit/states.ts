/** What stacks record of Vultr keys: plain fields of `pulumi stack export`, so no secret is needed. */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { promisify } from "node:util";

import { z } from "zod";

import { UsageError } from "../command";
import type { Terminal } from "../terminal";
import { isKeyType, nameOf, stackOf } from "../urn";

/** A key that a state records; or one that is being made: of its create, the state has no end. */
export interface StateRecord {
  role: "in use" | "pending deletion" | "read with .get" | "being made";
  /** `<project>/<stack>`. */
  stack: string;
  /** Name of the resource in the program. */
  resource: string;
  /** What its automatic names begin with. */
  resourceName: string;
  /** Empty for a key that is being made. */
  keyId: string;
  userId: string;
  /** Name at Vultr; empty if the state does not say. */
  name: string;
  /** It is reached through a `VultrProvider` rather than the stack's own settings. */
  hasOwnProvider: boolean;
}

export interface States {
  /** `<project>/<stack>`; an empty state does not say it, so it is called as it was asked for. */
  stacks: readonly string[];
  /** Those of them that are locked; undefined if that cannot be seen. */
  locked?: readonly string[] | undefined;
  records: readonly StateRecord[];
}

/** An encrypted field is an object, and an unknown one. */
const plainText = z.string().optional().catch(undefined);
const plainTexts = z
  .object({ resourceName: plainText, keyId: plainText, userId: plainText, name: plainText })
  .default({});

const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  delete: z.boolean().default(false),
  external: z.boolean().default(false),
  id: z.string().default(""),
  provider: z.string().default(""),
  inputs: plainTexts,
  outputs: plainTexts,
});

const exportSchema = z.object({
  deployment: z.object({
    resources: z.array(resourceSchema).nullish(),
    pending_operations: z.array(z.object({ type: z.string(), resource: resourceSchema })).nullish(),
  }),
});

/**
 * @param text the whole export
 * @param source where it came from, for messages
 * @param called how to call the stack of an empty state
 * @throws {UsageError} it is no export
 */
export function parseStackExport(text: string, source: string, called = source): States {
  const { resources, pending_operations: operations } = deploymentIn(text, source);
  const kept = (resources ?? []).map((resource) => ({ ...resource, role: roleOf(resource) }));
  const begun = (operations ?? []).filter(({ type }) => type === "creating");
  const all = [...kept, ...begun.map(({ resource }) => ({ ...resource, role: beingMade }))];
  const stack = stackOf(all[0]?.urn ?? "") ?? called;
  const keys = all.filter(({ type }) => isKeyType(type));
  return { stacks: [stack], records: keys.map((key) => recordOf(key, stack)) };
}

function deploymentIn(text: string, source: string) {
  try {
    return exportSchema.parse(JSON.parse(text)).deployment;
  } catch {
    // The parsers' own messages quote the text.
    throw new UsageError(
      `${source} is not a stack export: make one with \`pulumi stack export --file state.json\``,
    );
  }
}

type Resource = z.infer<typeof resourceSchema>;
type Role = StateRecord["role"];

const beingMade: Role = "being made";

function roleOf(resource: Resource): Role {
  if (resource.external) return "read with .get";
  return resource.delete ? "pending deletion" : "in use";
}

function recordOf(key: Resource & { role: Role }, stack: string): StateRecord {
  const { role, id, provider } = key;
  const resource = nameOf(key.urn);
  const [userOfId = "", keyOfId = ""] = id.split("/");
  const texts = role === beingMade ? key.inputs : key.outputs;
  const { resourceName = resource, keyId = keyOfId, userId = userOfId, name = "" } = texts;
  const hasOwnProvider = provider !== "" && !/::default(_[^:]*)?::/.test(provider);
  return { role, stack, resource, resourceName, keyId, userId, name, hasOwnProvider };
}

/** @throws {UsageError} the file, or with `-` standard input, cannot be read, or is no export */
export async function readExport(file: string, terminal: Terminal): Promise<States> {
  if (file === "-") return parseStackExport(await terminal.readStandardInput(), "standard input");
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new UsageError(`the stack export ${file} cannot be read: ${String(error)}`);
  });
  return parseStackExport(text, file);
}

/** The stack's state as it is now. @throws {UsageError} the CLI is missing, or does not know the stack */
export async function exportStack(stack: string, terminal: Terminal): Promise<States> {
  const text = await pulumi(["stack", "export", "--stack", stack], terminal);
  return parseStackExport(text, `stack ${stack}`, stack);
}

async function pulumi(args: readonly string[], { environment: env }: Terminal): Promise<string> {
  const options = { env, maxBuffer: 1024 * 1024 * 1024 };
  try {
    return (await promisify(execFile)("pulumi", [...args, "--non-interactive"], options)).stdout;
  } catch (error) {
    throw new UsageError(`the Pulumi CLI is missing or failed: ${String(error)}`);
  }
}

/**
 * Where a run holds a lock, or a killed run left one: `<project>/<stack>`, or `<stack>` in a backend
 * from before there were projects. Undefined if locks cannot be seen: no command of the CLI shows one,
 * `pulumi stack export` passes over it, and a folder as backend has it as a file,
 * `.pulumi/locks/organization/<project>/<stack>/<id>.json` or `.pulumi/locks/<stack>/<id>.json`.
 */
export async function readLocks(terminal: Terminal): Promise<string[] | undefined> {
  try {
    const told: unknown = JSON.parse(await pulumi(["whoami", "--json"], terminal));
    const { url } = z.object({ url: z.string() }).parse(told);
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
