/** What `pulumi preview --diff` shows: which args changed, and which of them replace the key. */
import { isDeepStrictEqual } from "node:util";
import { PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";

import type { Properties } from "../../keys/engine-values";
import type { DiffResult } from "../../lifecycle/diff";

/**
 * @param before the args of the last run
 * @param now the program's args
 * @param answer what diff says of them
 */
export function detailedDiff(
  before: Properties,
  now: Properties,
  { changes, replaces }: DiffResult,
): Map<string, PropertyDiff> {
  if (!changes) return new Map();
  const { Kind } = PropertyDiff;
  const changed = Object.keys({ ...before, ...now }).filter(
    (name) => !isDeepStrictEqual(before[name], now[name]),
  );
  // A key that is due by its age is replaced for an arg that stays as it is.
  const diffs = [...new Set([...changed, ...replaces])].map((name): [string, PropertyDiff] => {
    const isReplaced = replaces.includes(name);
    const diff = new PropertyDiff().setInputdiff(changed.includes(name));
    if (before[name] === undefined)
      return [name, diff.setKind(isReplaced ? Kind.ADD_REPLACE : Kind.ADD)];
    if (now[name] === undefined)
      return [name, diff.setKind(isReplaced ? Kind.DELETE_REPLACE : Kind.DELETE)];
    return [name, diff.setKind(isReplaced ? Kind.UPDATE_REPLACE : Kind.UPDATE)];
  });
  // The args are the same: the key is to be proven.
  if (diffs.length === 0) diffs.push(["verifiedAt", new PropertyDiff().setKind(Kind.ADD)]);
  return new Map(diffs);
}
