/** Stack exports as the real engine writes them, reduced to what says something of Vultr keys. */
export interface ExportedKey {
  resource: string;
  userId: string;
  keyId: string;
  /** Name at Vultr. */
  name: string;
  resourceName?: string | undefined;
  dateExpire?: string;
  /** The arg `name`. */
  exactName?: string;
  isPendingDeletion?: boolean;
  isExternal?: boolean;
  /** Name of the `VultrProvider` that it is reached through. */
  provider?: string;
  /** Type token. @default that of a key of a Node.js program */
  type?: string;
}

export interface ExportOptions {
  stack?: string;
  /** Resources for which a create was under way. */
  creating?: readonly string[];
  /** Operations on existing keys that were under way: `<user id>/<key id>`, which the resource `taker` was to have. */
  wanting?: readonly {
    type: "importing" | "reading" | "creating";
    id: string;
    adoptKeyId?: string;
    /** What the program writes beside the look-up. */
    keyId?: string;
  }[];
}

const urnOf = (stack: string, type: string, name: string) =>
  `urn:pulumi:${stack}::keys::${type}::${name}`;
const keyType = "pulumi-nodejs:dynamic/vultr:UserApiKey";

/** The text of `pulumi stack export` for a stack with these keys. */
export function stackExport(keys: readonly ExportedKey[], options: ExportOptions = {}): string {
  const { stack = "production", creating = [], wanting = [] } = options;
  const resources = keys.map(({ type = keyType, ...key }) => ({
    urn: urnOf(stack, type, key.resource),
    custom: true,
    id: `${key.userId}/${key.keyId}`,
    type,
    ...(key.isPendingDeletion && { delete: true }),
    ...(key.isExternal && { external: true }),
    ...(key.exactName !== undefined && { inputs: { name: key.exactName } }),
    provider: `${urnOf(stack, `pulumi:providers:${type.split(":")[0]!}`, key.provider ?? "default")}::some-id`,
    outputs: {
      keyId: key.keyId,
      userId: key.userId,
      name: key.name,
      ...(key.dateExpire !== undefined && { dateExpire: key.dateExpire }),
      resourceName: "resourceName" in key ? key.resourceName : key.resource,
      apiKey: { "4dabf18193072939515e22adb298388d": "…", ciphertext: "v1:…" },
    },
  }));
  const type = "pulumi:pulumi:Stack";
  const stackResource = { urn: urnOf(stack, type, `keys-${stack}`), type };
  const creates = creating.map((name) => ({
    type: "creating",
    resource: { urn: urnOf(stack, keyType, name), type: keyType, inputs: { resourceName: name } },
  }));
  const takers = wanting.map(({ type: verb, id, adoptKeyId = id.split("/")[1], keyId }) => ({
    type: verb,
    resource: {
      urn: urnOf(stack, keyType, "taker"),
      type: keyType,
      ...(verb === "importing" && { importID: id }),
      ...(verb === "reading" && { id }),
      inputs: { adoptKeyId, keyId },
    },
  }));
  const pending = [...creates, ...takers];
  const deployment = {
    manifest: { time: "2026-11-01T00:00:00Z" },
    resources: [stackResource, ...resources],
    ...(pending.length > 0 && { pending_operations: pending }),
  };
  return JSON.stringify({ version: 3, deployment });
}
