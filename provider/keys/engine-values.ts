/** The engine's special values among the properties of a resource. */
import { specialSecretSig, specialSigKey, unknownValue } from "@pulumi/pulumi/runtime";

/** Is `value`, or anything inside it, not known yet? Such values pass through a preview: never parsed, never judged. */
export function containsUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(containsUnknown);
}

/**
 * `value` with the engine's mark of a secret. What the provider marks is encrypted in state and masked in
 * every output, whatever options and transforms the program uses; it comes back to the provider in plaintext.
 */
export function secret<T>(value: T): T {
  // To us it is the value: the engine takes the mark off before it hands the value back.
  return { [specialSigKey]: specialSecretSig, value } as T;
}
