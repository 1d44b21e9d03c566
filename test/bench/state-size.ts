/** How much of a stack's state one key takes. */
import type { DeclaredResource, Exported } from "./stack";

/**
 * Bytes of compact JSON a key, secrets encrypted, as `pulumi stack export` has them. The file on disk
 * is indented and somewhat larger, for every subject alike.
 */
export interface StateSize {
  bytesPerKey: number;
  /** Those of them that are the call stack which Pulumi records of every declaration. */
  callStackBytes: number;
}

export function stateSize({ deployment }: Exported): StateSize {
  const resources = deployment.resources ?? [];
  const keys = resources.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic"));
  const mean = (of: (key: DeclaredResource) => unknown) =>
    Math.round(keys.reduce((sum, key) => sum + bytesOf(of(key)), 0) / keys.length);
  return {
    bytesPerKey: mean((key) => key),
    callStackBytes: mean(({ stackTrace, sourcePosition }) => ({ stackTrace, sourcePosition })),
  };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
