/** Values that a preview does not know yet. They pass through untouched: never parsed, never judged. */
import { unknownValue } from "@pulumi/pulumi/runtime";

/** Is `value`, or anything inside it, unknown? */
export function containsUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(containsUnknown);
}
