/** Pulumi's delete: revokes a key, last of all, and sees that it is gone. */
import type { ApiKeyRef, CallOptions } from "../vultr/client";
import { type Context, operationLimit, revokeAdvice } from "../keys/context";
import { nameUnknownKeys } from "../keys/leftovers";
import { mayRevoke, selfRevokeRefused, successorIsGone } from "../keys/may-revoke";
import { findKey, isKeyRefusal } from "../keys/presence";
import { revoke } from "../keys/revoke";
import { currentKey, type DeclaredResource } from "../keys/run-memory";
import { isExpired, type KeyState, keyRefOf } from "../keys/state";
import { word } from "../words";

/**
 * @throws {VultrError} the key may not die in this run ({@link mayRevoke}); it is the key that the
 *   provider itself authenticates with; or nothing proves that it is gone
 * @throws {UnconfirmedDeleteError} Vultr still lists the key a minute later
 * @throws {AuthenticationError | PermissionError | ServerError} the key stays pending deletion; the next run tries again
 */
export async function deleteKey(
  context: Context,
  id: string,
  state: Partial<KeyState>,
): Promise<void> {
  const ref = keyRefOf(id, state);
  if (ref === undefined) return; // nothing that Vultr could know
  const key = { ...state, ...ref };
  const { memory, notify, credential } = context;
  if (!mayRevoke(memory, key)) {
    notify(
      `API key ${key.keyId} of user ${key.userId} is not revoked with this resource: it was adopted, and nothing in this run rotates it. ` +
        `If nothing else has it, revoke it: ${revokeAdvice(key)}.`,
    );
    return;
  }
  const owners = memory.ownersOf(key);
  const [owner] = owners;
  // A pending deletion keeps the limit of the run that recorded it: one that is too short would never let it end.
  const limit = operationLimit(context, 60_000);
  for (const each of owners) await expectLivingSuccessor(context, key, each, limit);
  const { apiKey: ownKey } = credential;
  if (await isOwnKey(context, key, limit)) {
    // The program of this run decides: a pending deletion has the args of an earlier one.
    if (key.allowSelfRevoke !== true && owner?.args.allowSelfRevoke !== true)
      throw selfRevokeRefused(key.keyId);
    const successor = owner === undefined ? undefined : currentKey(owner)?.apiKey;
    // Then the key deletes itself, and Vultr's answer is the last that it can see.
    if (successor === undefined) return context.client.deleteUserApiKey(key, limit);
    // The successor revokes the old key, and sees it gone.
    credential.use(successor);
  }
  const keys = await revoke(context, key, limit)
    .catch((error: unknown) => {
      // A successor that is refused deletes nothing: the key before it still lives, and others need it.
      if (isKeyRefusal(error)) credential.use(ownKey);
      throw error;
    })
    .finally(() => {
      // Also after an unclear end: the key before it may be gone.
      if (credential.apiKey !== ownKey)
        notify(
          `The provider's own key is rotated. Store the new one where ${word.apiKey} comes from before the next run.`,
        );
    });
  if (owner !== undefined) nameUnknownKeys(context, owner.args, key.userId, keys);
}

/** A successor may have expired, and what an earlier run made may be gone: then the key that it replaced may be the last one that works. */
async function expectLivingSuccessor(
  context: Context,
  { keyId }: ApiKeyRef,
  owner: DeclaredResource,
  limit: CallOptions,
): Promise<void> {
  const successor = currentKey(owner);
  if (successor === undefined) return;
  if (isExpired(successor, context.clock.now())) throw successorIsGone(keyId, successor, "expired");
  if (successor.keyId !== owner.recorded?.keyId) return;
  if ((await findKey(context, successor, limit)) === undefined)
    throw successorIsGone(keyId, successor, "unlisted");
}

/** Is it the management key? By plaintext, or for a key adopted without it, by its listed ending. */
async function isOwnKey(
  context: Context,
  key: ApiKeyRef & Partial<KeyState>,
  limit: CallOptions,
): Promise<boolean> {
  if (key.apiKey !== undefined) return key.apiKey === context.credential.apiKey;
  const tail = (await findKey(context, key, limit))?.tail ?? "";
  return tail !== "" && context.credential.apiKey.endsWith(tail);
}
