/**
 * The engine's special values among the properties of a resource. They are part of Pulumi's protocol and are
 * written out here: Pulumi's SDK, which knows them too, takes longer to load than all else that a preview does.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
 */

/** A resource's properties as the engine sends them: any JSON, and unknown values in a preview. */
export type Properties = Record<string, unknown>;

/** A value that a preview does not know yet. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Unknown values whose type is known: of a boolean, a number, a list and an object. */
const unknownValues: readonly unknown[] = [
  unknownValue,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Is `value`, or anything inside it, not known yet? Such values pass through a preview: never parsed, never judged. */
export function containsUnknown(value: unknown): boolean {
  if (unknownValues.includes(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(containsUnknown);
}

/**
 * `value` with the engine's mark of a secret. What the provider marks is encrypted in state and masked in
 * every output, whatever options and transforms the program uses; it comes back to the provider in plaintext.
 */
export function secret<T>(value: T): T {
  // To us it is the value: the engine takes the mark off before it hands the value back.
  return { [signatureKey]: secretSignature, value } as T;
}

/** `properties`, of which this one, if it is given, bears the mark of a secret. */
export function withSecret<T extends object>(properties: T, name: string & keyof T): T {
  const value = properties[name];
  const isGiven = value !== undefined && value !== null;
  return isGiven ? { ...properties, [name]: secret(value) } : properties;
}

/** `value` without marks of secrets, at any depth. */
export function unmarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmarked);
  if (typeof value !== "object" || value === null) return value;
  if (signatureKey in value && value[signatureKey] === secretSignature)
    return "value" in value ? unmarked(value.value) : undefined;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unmarked(inner)]));
}
