/** How much of a stack's state one key takes. */
import type { Exported } from "./stack";

/**
 * Bytes of compact JSON a key, secrets encrypted as `pulumi stack export` has them. The file on disk
 * is indented and somewhat larger, for every subject alike.
 */
export function stateBytesPerKey({ deployment }: Exported): number {
  const keys = (deployment.resources ?? []).filter(({ id }) => id !== undefined && id !== "");
  const dynamic = keys.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic"));
  const bytes = dynamic.reduce((sum, key) => sum + Buffer.byteLength(JSON.stringify(key)), 0);
  return Math.round(bytes / dynamic.length);
}
