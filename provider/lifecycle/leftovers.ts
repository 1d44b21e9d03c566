/**
 * Keys that a killed run left behind: made at Vultr, never recorded, their plaintext lost. They are
 * recognised by their names, reported always, and deleted only where that is provably safe.
 */
import type { ApiKeyRef } from "../vultr/client";
import type { ListedApiKey } from "../vultr/schemas";
import { type Context, deleteCommand } from "./context";
import type { KeyInputs } from "./inputs";
import { isAutomaticName, isSuccessorName } from "./key-name";
import { listKeys } from "./presence";
import { revoke } from "./revoke";
import type { KeyState } from "./state";

/** A list this young, in milliseconds, tells what an earlier run left behind. */
const freshForMs = 60_000;

/**
 * Before a key is made: says which keys already there look like an earlier attempt at it. They are not
 * deleted, because another stack may have a resource of the same name. A successor with an automatic
 * name needs no look here: {@link removeLeftoverSuccessors} finds what was left at the end of the run.
 */
export async function reportLeftovers(
  context: Context,
  inputs: KeyInputs,
  userId: string,
  deadlineMs: number,
): Promise<void> {
  const { name, resourceName = "" } = inputs;
  const { memory } = context;
  const isReplacement = memory.isReplacement(inputs);
  // Without its predecessor's id a replacement could not tell the key in use from a leftover.
  if (isReplacement && (name === undefined || memory.predecessorOf(inputs) === undefined)) return;
  const looksAlike = (key: ListedApiKey) =>
    name === undefined ? isAutomaticName(key.name, resourceName) : key.name === name;
  // What an earlier run left was there before this run began: one list a user and run will do.
  const notBeforeMs = context.clock.now() - freshForMs;
  const keys = await memory.keysAtFirst(userId, () =>
    listKeys(context, userId, { deadlineMs, notBeforeMs }),
  );
  for (const key of keys) {
    if (!looksAlike(key) || memory.recorded.has(key.keyId)) continue;
    context.notify(
      `warning: user ${userId} has another API key "${key.name}" (${key.keyId}). Unless \`pulumi stack export\` ` +
        "of this or another stack shows it, an interrupted run left it: " +
        deleteCommand(context, { userId, keyId: key.keyId }),
    );
  }
}

/**
 * When a key has been replaced and is gone: other keys that were made to succeed it. A key has one
 * recorded successor; where that one is known, any other was never recorded and has no consumer, so
 * it is deleted. This comes last, after dependents were updated.
 *
 * @param keys the user's keys, as listed when this one was seen to be gone
 */
export async function removeLeftoverSuccessors(
  context: Context,
  gone: ApiKeyRef & Pick<KeyState, "resourceName">,
  keys: readonly ListedApiKey[],
  deadlineMs: number,
): Promise<void> {
  const { userId, keyId, resourceName = "" } = gone;
  const successors = keys.filter((key) => isSuccessorName(key.name, resourceName, keyId));
  const leftovers = successors.filter((key) => !context.memory.recorded.has(key.keyId));
  const isSuccessorKnown = leftovers.length < successors.length;
  for (const leftover of leftovers) {
    const found = `API key "${leftover.name}" (${leftover.keyId}) of user ${userId} was left by an interrupted run`;
    const key = { userId, keyId: leftover.keyId };
    if (isSuccessorKnown) {
      await revoke(context, key, deadlineMs);
      context.notify(`${found}: its plaintext was never recorded, so it was deleted.`);
    } else {
      context.notify(
        `warning: ${found}, or is managed elsewhere. To delete it: ${deleteCommand(context, key)}`,
      );
    }
  }
}
