/** What a `pulumi stack export` says of Vultr keys. Only plain fields are read: no secret is needed. */
import { z } from "zod";

import { UsageError } from "../command";
import { keyType, nameOf, stackOf } from "../urn";

/** A key that a stack has in its state. */
export interface RecordedKey {
  /** `<project>/<stack>`. */
  stack: string;
  /** Name of the resource in the program. */
  resource: string;
  keyId: string;
  userId: string;
  /** Name at Vultr. */
  name: string;
  /** What automatic names begin with; undefined in a state that does not say. */
  resourceName: string | undefined;
  /** It was replaced or removed, and its deletion has not succeeded yet. */
  isPendingDeletion: boolean;
  /** The key is read with `.get` and managed elsewhere. */
  isExternal: boolean;
  /** It is reached through a `VultrProvider` rather than the stack's own settings. */
  hasOwnProvider: boolean;
  /** A create of this resource was under way, or had been killed, when the state was written. */
  isBeingReplaced: boolean;
  /** The state was exported after Vultr's keys were listed. */
  isFresh: boolean;
}

export interface StackState {
  /** `<project>/<stack>`. */
  stack: string;
  keys: RecordedKey[];
}

const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  delete: z.boolean().optional(),
  external: z.boolean().optional(),
  id: z.string().optional(),
  provider: z.string().optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
});

const exportSchema = z.object({
  deployment: z.object({
    resources: z.array(resourceSchema).nullish(),
    pending_operations: z
      .array(z.object({ type: z.string(), resource: z.object({ urn: z.string() }) }))
      .nullish(),
  }),
});

/**
 * @param text the whole export
 * @param source where it came from, for messages
 * @param isFresh see {@link RecordedKey}
 * @throws {UsageError} it is no export
 */
export function parseStackExport(text: string, source: string, isFresh = false): StackState {
  const parsed = exportSchema.safeParse(jsonOf(text, source));
  if (!parsed.success) throw notAnExport(source);
  const { resources, pending_operations: operations } = parsed.data.deployment;
  const creating = new Set(
    (operations ?? [])
      .filter(({ type }) => type === "creating")
      .map(({ resource }) => resource.urn),
  );
  const stack = stackOf(resources?.[0]?.urn ?? "") ?? source;
  const keys = (resources ?? [])
    .filter(({ type }) => type === keyType)
    .flatMap(recordedKey)
    .map((key) => ({ ...key, stack, isBeingReplaced: creating.has(key.urn), isFresh }));
  return { stack, keys };
}

function jsonOf(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notAnExport(source); // the parser's own message quotes the text
  }
}

function notAnExport(source: string): UsageError {
  return new UsageError(
    `${source} is not a stack export: make one with \`pulumi stack export --file ${source === standardInputName ? "state.json" : source}\``,
  );
}

/** How messages call what is piped in. */
export const standardInputName = "standard input";

function recordedKey(resource: z.infer<typeof resourceSchema>) {
  const { urn, id = "", outputs = {}, provider = "" } = resource;
  const [userOfId = "", keyOfId = ""] = id.split("/");
  const text = (output: string) => {
    const value = outputs[output];
    return typeof value === "string" ? value : undefined;
  };
  const keyId = text("keyId") ?? keyOfId;
  if (keyId === "") return [];
  return [
    {
      urn,
      resource: nameOf(urn),
      keyId,
      userId: text("userId") ?? userOfId,
      name: text("name") ?? "",
      resourceName: text("resourceName"),
      isPendingDeletion: resource.delete === true,
      isExternal: resource.external === true,
      hasOwnProvider: provider !== "" && !/::default(_[^:]*)?::/.test(provider),
    },
  ];
}
