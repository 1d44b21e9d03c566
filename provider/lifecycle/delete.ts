/** Pulumi's delete: revokes a key, last of all, and sees that it is gone. */
import type { ApiKeyRef, CallOptions } from "../vultr/client";
import { type Context, operationLimit, revokeAdvice } from "../keys/context";
import { nameUnknownKeys } from "../keys/leftovers";
import { mayRevoke, selfRevokeRefused, successorIsGone } from "../keys/may-revoke";
import { findKey, isKeyRefusal } from "../keys/presence";
import { revoke } from "../keys/revoke";
import { currentKey, type DeclaredResource } from "../keys/run-memory";
import { isExpired, type KeyState, keyRefOf } from "../keys/state";

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
  const key = keyRefOf(id, state);
  if (key === undefined) return; // nothing that Vultr could know
  const { memory, notify, credential } = context;
  if (!mayRevoke(memory, { ...state, keyId: key.keyId })) {
    notify(
      `API key ${key.keyId} of user ${key.userId} is not revoked with this resource: it was adopted, and nothing in this run rotates it. ` +
        `If nothing else has it, revoke it: ${revokeAdvice(key)}.`,
    );
    return;
  }
  const owners = memory.ownersOf({ ...state, keyId: key.keyId });
  const [owner] = owners;
  // A pending deletion keeps the limit of the run that recorded it: one that is too short would never let it end.
  const limit = operationLimit(context, 60_000);
  for (const each of owners) await expectLivingSuccessor(context, key, each, limit);
  const { apiKey: ownKey } = credential;
  if (await isOwnKey(context, key, state, limit)) {
    const canLook = await prepareSelfRevoke(context, key, state, owner, limit);
    if (!canLook) return;
  }
  const keys = await revoke(context, { ...state, ...key }, limit).catch((error: unknown) => {
    // A successor that is refused deletes nothing: the key before it still lives, and others need it.
    if (isKeyRefusal(error)) credential.use(ownKey);
    throw error;
  });
  if (credential.apiKey !== ownKey)
    notify(
      "The provider's own key is rotated. Store the new one where vultr:apiKey comes from before the next run.",
    );
  if (owner !== undefined) nameUnknownKeys(context, owner.args, key.userId, keys);
}

/** A successor may have expired, and what an earlier run made may be gone: then the key that it replaced may be the last one that works. */
async function expectLivingSuccessor(
  context: Context,
  { keyId }: ApiKeyRef,
  { made, recorded }: DeclaredResource,
  limit: CallOptions,
): Promise<void> {
  const successor = made ?? recorded;
  if (successor === undefined) return;
  if (isExpired(successor, context.clock.now())) throw successorIsGone(keyId, successor, "expired");
  if (successor.keyId !== recorded?.keyId) return;
  if ((await findKey(context, successor, limit)) === undefined)
    throw successorIsGone(keyId, successor, "unlisted");
}

/** Is it the management key? By plaintext, or for a key adopted without it, by its listed ending. */
async function isOwnKey(
  context: Context,
  key: ApiKeyRef,
  state: Partial<KeyState>,
  limit: CallOptions,
): Promise<boolean> {
  if (state.apiKey !== undefined) return state.apiKey === context.credential.apiKey;
  const tail = (await findKey(context, key, limit))?.tail ?? "";
  return tail !== "" && context.credential.apiKey.endsWith(tail);
}

/**
 * Makes the successor the provider's credential, so that it revokes the old key and sees it gone.
 * Without a successor the key deletes itself here, and Vultr's answer is the last it can see: false.
 */
async function prepareSelfRevoke(
  context: Context,
  key: ApiKeyRef,
  state: Partial<KeyState>,
  owner: DeclaredResource | undefined,
  limit: CallOptions,
): Promise<boolean> {
  // The program of this run decides: a pending deletion has the args of an earlier one.
  if (state.allowSelfRevoke !== true && owner?.args.allowSelfRevoke !== true)
    throw selfRevokeRefused(key.keyId);
  const successor = owner === undefined ? undefined : currentKey(owner)?.apiKey;
  if (successor === undefined) {
    await context.client.deleteUserApiKey(key, limit);
    return false;
  }
  context.credential.use(successor);
  return true;
}
