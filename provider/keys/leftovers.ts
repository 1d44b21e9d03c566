/**
 * Keys that look as if an interrupted run had left them. They are named, never deleted: a restored state,
 * a copy of the stack or a retained resource may hold them. People decide, with the audit's help.
 */
import type { ListedApiKey } from "../vultr/schemas";
import { auditCommand, type Context } from "./context";
import type { KeyInputs } from "./inputs";
import { isNamedLike, originOf } from "./key-name";

/** @param keys what Vultr lists for the user who owns the resource's keys */
export function nameUnknownKeys(
  context: Pick<Context, "memory" | "notify">,
  inputs: KeyInputs,
  userId: string,
  keys: readonly ListedApiKey[],
): void {
  const naming = { ...originOf(inputs), exactName: inputs.name };
  for (const key of keys) {
    const isAlike = isNamedLike(key.name, naming);
    if (!isAlike || context.memory.isKnown(key.keyId) || !context.memory.noteUnknown(key.keyId))
      continue;
    context.notify(
      `note: user ${userId} has another API key "${key.name}" (${key.keyId}), which this run does not know. ` +
        `It may be in use elsewhere, wait for its deletion, or be left by an interrupted run: ${auditCommand()} tells which keys no state records.`,
    );
  }
}
