/** Pulumi's delete: revokes a key, last of all, and sees that it is gone. */
import { RefusedError } from "../vultr/errors";
import type { ApiKeyRef } from "../vultr/client";
import type { ListedApiKey } from "../vultr/schemas";
import { type Context, operationLimitMs } from "./context";
import { removeLeftoverSuccessors } from "./leftovers";
import { listKeys } from "./presence";
import { revoke } from "./revoke";
import { type KeyState, keyRefOf } from "./state";

/**
 * @throws {RefusedError} it is the key that the provider itself authenticates with
 * @throws {UnconfirmedDeleteError} Vultr still lists the key a minute later
 * @throws {AuthenticationError | PermissionError | ServerError} the key stays pending deletion; the next run tries again
 */
export async function deleteKey(
  context: Context,
  id: string,
  state: Partial<KeyState>,
): Promise<void> {
  const key = keyRefOf(id, state);
  if (key === undefined) return; // nothing that Vultr could know
  const deadlineMs = context.clock.now() + operationLimitMs;
  if (await isOwnKey(context, key, state, deadlineMs)) {
    const canLook = await prepareSelfRevoke(context, key, state, deadlineMs);
    if (!canLook) return;
  }
  const keys = await revokeWithOthers(context, key, deadlineMs);
  const { resourceName } = state;
  const gone = resourceName === undefined ? key : { ...key, resourceName };
  await removeLeftoverSuccessors(context, gone, keys, deadlineMs);
}

/** One list may show several keys gone: those of one user that the engine hands over together. */
async function revokeWithOthers(
  context: Context,
  key: ApiKeyRef,
  deadlineMs: number,
): Promise<ListedApiKey[]> {
  const member = context.confirmations.join(key);
  try {
    return await revoke(context, key, deadlineMs, () => member.gathered());
  } finally {
    member.leave();
  }
}

/** Is it the management key? By plaintext, or for a key adopted without it, by its listed ending. */
async function isOwnKey(
  context: Context,
  key: ApiKeyRef,
  state: Partial<KeyState>,
  deadlineMs: number,
): Promise<boolean> {
  if (state.apiKey !== undefined) return state.apiKey === context.managementKey;
  const keys = await listKeys(context, key.userId, {
    deadlineMs,
    notBeforeMs: context.clock.now(),
  });
  const tail = keys.find((listed) => listed.keyId === key.keyId)?.tail ?? "";
  return tail !== "" && context.managementKey.endsWith(tail);
}

/**
 * Makes the successor the provider's credential, so that it revokes the old key and sees it gone.
 * Without a successor the key deletes itself here, and Vultr's answer is the last it can see: false.
 */
async function prepareSelfRevoke(
  context: Context,
  key: ApiKeyRef,
  state: Partial<KeyState>,
  deadlineMs: number,
): Promise<boolean> {
  if (state.allowSelfRevoke !== true && !context.memory.maySelfRevoke(key.keyId))
    throw selfRevokeRefused(key.keyId);
  const successor = context.memory.successorOf(key.keyId);
  if (successor === undefined) {
    await context.client.deleteUserApiKey(key, { deadlineMs });
    return false;
  }
  context.useManagementKey(successor.apiKey);
  context.notify(
    "The provider's own key is rotated. Store the new one where vultr:apiKey comes from before the next run.",
  );
  return true;
}

/** For diff and delete alike: the provider's own key is about to be revoked. */
export function selfRevokeRefused(keyId: string): RefusedError {
  return new RefusedError({
    message: `could not revoke API key ${keyId}: it is the key that the provider itself authenticates with`,
    hint:
      "Run with another management key in vultr:apiKey or VULTR_API_KEY, or set allowSelfRevoke: true " +
      "and store the new key for the next run.",
  });
}
