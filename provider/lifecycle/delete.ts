/** Pulumi's delete: revokes a key, last of all, and sees that it is gone. */
import type { ApiKeyRef } from "../vultr/client";
import { type Context, revokeAdvice } from "../keys/context";
import { nameUnknownKeys } from "../keys/leftovers";
import { expectLivingSuccessor, mayRevoke, selfRevokeRefused } from "../keys/may-revoke";
import { isKeyRefusal, lookTwice, refusalOfKey } from "../keys/presence";
import { revoke } from "../keys/revoke";
import { currentKey, type DeclaredResource, identitiesOf } from "../keys/run-memory";
import { type KeyState, keyRefOf } from "../keys/state";
import { AuthenticationError } from "../vultr/errors";
import type { ListedApiKey } from "../vultr/schemas";
import { word } from "../words";

/**
 * @throws {VultrError} the key may not die in this run ({@link mayRevoke}); it is the key that the
 *   provider itself authenticates with; or nothing proves that it is gone
 * @throws {UnconfirmedDeleteError} Vultr still lists the key a minute later
 * @throws {AuthenticationError | PermissionError | ServerError} the key stays pending deletion; the next run tries again
 */
export async function deleteKey(
  allowed: Context,
  id: string,
  state: Partial<KeyState>,
): Promise<void> {
  const ref = keyRefOf(id, state);
  if (ref === undefined) return; // nothing that Vultr could know
  const key = { ...state, ...ref };
  const { memory, clock, notify, credential, limit } = allowed;
  if (!mayRevoke(memory, key)) {
    const holders = identitiesOf(memory.holdersOf(key.keyId));
    const next = `If nothing else has it, revoke it: ${revokeAdvice(key)}.`;
    notify(
      `API key ${key.keyId} of user ${key.userId} is not revoked with this resource: it was adopted, and nothing in this run rotates it. ` +
        (holders === "" ? next : `The program still has it: ${holders}.`),
    );
    return;
  }
  const owners = memory.ownersOf(key);
  const [owner] = owners;
  // A pending deletion keeps the limit of the run that recorded it: one that is too short would never let it end.
  const deadlineMs = Math.max(limit.deadlineMs, clock.monotonicMs() + 60_000);
  const context = { ...allowed, limit: { ...limit, deadlineMs } };
  for (const each of owners) await expectLivingSuccessor(context, key, each);
  const isOwn = await isOwnKey(context, key);
  // The program of this run decides: a pending deletion has the args of an earlier one.
  const isAllowed = key.allowSelfRevoke === true || owner?.args.allowSelfRevoke === true;
  if (isOwn && !isAllowed) throw selfRevokeRefused(key.keyId);
  const { apiKey } = credential;
  const tryTo = () => revoke(context, key);
  const keys = isOwn
    ? await revokeOwnKey(context, key, owner)
    : await tryTo().catch((error: unknown) => {
        if (credential.apiKey === apiKey) throw error;
        return tryTo(); // another deletion has rotated the provider's own key meanwhile
      });
  if (owner !== undefined) nameUnknownKeys(context, owner.args, key.userId, keys);
}

/** The successor revokes the old key, and sees it gone. Without one, the key deletes itself, and Vultr's answer is the last that it can see. */
async function revokeOwnKey(
  context: Context,
  key: ApiKeyRef & Partial<KeyState>,
  owner: DeclaredResource | undefined,
): Promise<ListedApiKey[]> {
  const { client, credential, notify } = context;
  const successor = owner === undefined ? undefined : currentKey(owner)?.apiKey;
  if (successor === undefined) {
    await client.deleteUserApiKey(key, context.limit);
    return [];
  }
  const { apiKey: ownKey } = credential;
  credential.use(successor);
  try {
    return await revoke(context, key);
  } catch (error) {
    // Others need the key before a successor that is refused. After an unclear answer it may be gone.
    if (isKeyRefusal(error) && (await isAccepted(context, ownKey))) credential.use(ownKey);
    throw error;
  } finally {
    if (credential.apiKey !== ownKey)
      notify(
        `The provider's own key is rotated. Store the new one where ${word.apiKey} comes from before the next run.`,
      );
  }
}

async function isAccepted(context: Context, apiKey: string): Promise<boolean> {
  try {
    return !((await refusalOfKey(context, apiKey)) instanceof AuthenticationError);
  } catch {
    return false; // nothing tells
  }
}

/** Is it the management key? By plaintext, or for a key adopted without it, by its listed ending. */
async function isOwnKey(context: Context, key: ApiKeyRef & Partial<KeyState>): Promise<boolean> {
  const { apiKey: ownKey } = context.credential;
  if (key.apiKey !== undefined) return key.apiKey === ownKey;
  const { listed } = await lookTwice(context, key);
  const tail = listed?.tail ?? "";
  return tail !== "" && ownKey.endsWith(tail);
}
