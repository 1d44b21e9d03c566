/** What stacks record of Vultr keys: plain fields of `pulumi stack export`, so no secret is needed. */
import { z } from "zod";

import type { KeyNaming } from "../../keys/key-name";
import { isKeyType } from "../../names";
import { isDefaultProvider, nameOf, providerUrnOf, stackNameOf, stackOf } from "../../urn";
import type { ApiKeyRef } from "../../vultr/client";
import { UsageError } from "../command";
import { isOneOf, pulumi } from "../pulumi-cli";
import { resourceState } from "../resource-state";
import { type Terminal, textOf } from "../terminal";

/** A key that a state records, or that it calls being made: then it has no id yet. */
export interface StateRecord extends ApiKeyRef {
  /** `wanted`: an import, a look-up or an adoption of it has no end in the state. */
  role: "in use" | "pending deletion" | "read with .get" | "wanted" | "being made";
  urn: string;
  /** `<project>/<stack>`. */
  stack: string;
  /** Name of the resource in the program. */
  resource: string;
  naming: KeyNaming;
  /** Name at Vultr; empty if the state does not say. */
  name: string;
  /** Undefined for a key that does not expire, or if the state does not say. */
  dateExpire: string | undefined;
  /** It is reached through a `VultrProvider` rather than the stack's own settings. */
  hasOwnProvider: boolean;
}

/** The resource as messages call it. */
export const placeOf = ({ resource, stack }: StateRecord) => `${resource} of stack ${stack}`;

/** What the state records, in words. */
export function describeRecord(record: StateRecord): string {
  const { role } = record;
  const place = placeOf(record);
  if (role === "being made") return `a create of ${place} was interrupted or is under way`;
  if (role === "wanted")
    return `taking it over or looking it up by ${place} was interrupted or is under way`;
  return `${place} records it as ${role}`;
}

export interface States {
  /** `<project>/<stack>`; an empty state does not say it, so it is called as it was asked for. */
  stacks: readonly string[];
  /** The stacks of the backend that are locked; undefined if that cannot be seen. */
  locks?: readonly string[] | undefined;
  records: readonly StateRecord[];
}

const resourceSchema = resourceState.extend({ urn: z.string(), type: z.string() });

type Resource = z.infer<typeof resourceSchema>;

/** Only the whole of it proves that no key is recorded: what it does not know is refused. */
const exportSchema = z.object({
  version: z.number().max(4).optional(),
  deployment: z.strictObject({
    manifest: z.unknown().optional(),
    secrets_providers: z.unknown().optional(),
    metadata: z.unknown().optional(),
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
  const all = [
    ...(resources ?? []).map((resource) => recordOf(resource, roleOf(resource))),
    ...(operations ?? []).flatMap(({ type, resource }) => {
      const { inputs, importID, id } = resource;
      const wanted = [importID, id, `/${textsIn(inputs)["adoptKeyId"] ?? ""}`]
        // Not what a program writes beside a look-up: the engine asks for the id.
        .map((each) => ({ ...resource, id: each, inputs: { ...inputs, keyId: undefined } }))
        .map((each) => recordOf({ ...each, outputs: {} }, "wanted"))
        .filter(({ keyId }) => keyId !== "");
      return type === "creating" ? [recordOf(resource, "being made"), ...wanted] : wanted;
    }),
  ];
  const records = all.filter(({ type }) => isKeyType(type));
  return { stacks: [all[0]?.stack ?? called], records };
}

function deploymentIn(text: string, source: string) {
  try {
    return exportSchema.parse(JSON.parse(text)).deployment;
  } catch {
    // The parsers' own messages quote the text.
    throw new UsageError(
      `${source} is not a stack export: make one with \`pulumi stack export --file state.json\`; if it is one, a newer version of this package may know its form`,
    );
  }
}

function roleOf(key: Resource): StateRecord["role"] {
  if (key.external === true) return "read with .get";
  return key.delete === true ? "pending deletion" : "in use";
}

function recordOf(
  { urn, type, id, provider, inputs, outputs }: Resource,
  role: StateRecord["role"],
): StateRecord & { type: string } {
  const stack = stackOf(urn) ?? "";
  const resource = nameOf(urn);
  const [userOfId = "", keyOfId = ""] = (id ?? "").split("/");
  const args = textsIn(inputs);
  const texts = { ...args, ...textsIn(outputs) }; // an operation that has begun has no outputs yet
  const { resourceName = resource, userId = userOfId, name = "", dateExpire } = texts;
  const keyId = [texts["keyId"], keyOfId].find((each) => each) ?? ""; // an empty text hides no key
  const naming = { exactName: args["name"], resourceName, stack: stackNameOf(urn) };
  const hasOwnProvider = Boolean(provider) && !isDefaultProvider(providerUrnOf(provider ?? ""));
  const key = { keyId, userId, name, dateExpire };
  return { role, type, urn, stack, resource, naming, ...key, hasOwnProvider };
}

/** A field that is encrypted is an object, and counts as unknown. */
function textsIn(fields: Resource["inputs"]): Partial<Record<string, string>> {
  const isText = (field: [string, unknown]): field is [string, string] =>
    typeof field[1] === "string";
  return Object.fromEntries(Object.entries(fields ?? {}).filter(isText));
}

/**
 * @param file `-` for standard input
 * @throws {UsageError} it cannot be read, or is no export
 */
export async function readExport(file: string, terminal: Terminal): Promise<States> {
  const source = file === "-" ? "standard input" : file;
  const text = await textOf(file, terminal).catch((error: unknown) => {
    throw new UsageError(`the stack export ${source} cannot be read: ${String(error)}`);
  });
  return parseStackExport(text, source);
}

/** The stack's state as it is now. @throws {UsageError} the CLI is missing, or does not know the stack */
export async function exportStack(stack: string, env: NodeJS.ProcessEnv): Promise<States> {
  const text = await pulumi(["stack", "export", "--stack", stack], env);
  const { stacks, records } = parseStackExport(text, `stack ${stack}`, stack);
  // A state that was copied from another stack bears that one's name; the lock, that of its own.
  return { stacks: stacks.some((each) => isOneOf(stack, [each])) ? stacks : [stack], records };
}
