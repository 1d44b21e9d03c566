/** Deletes a key and then looks: done means that Vultr no longer lists it. */
import {
  type ApiError,
  AuthenticationError,
  BadRequestError,
  isVultrError,
  NotFoundError,
  PermissionError,
  UnconfirmedDeleteError,
  unlessCanceled,
  type VultrError,
} from "../vultr/errors";
import type { ApiKeyRef } from "../vultr/client";
import type { ListedApiKey } from "../vultr/schemas";
import { type Context, deleteAdvice, type Looker } from "./context";
import { expectGone, type KnownKey, listKeys } from "./presence";

/** What revoking needs. */
export type RevokeContext = Looker & Pick<Context, "apiUrl">;

/** How long a deleted key may stay listed before we say so. */
const confirmLimitMs = 60_000;

/** How long Vultr may not know a key that it has just made, in milliseconds. */
const lagLimitMs = 10_000;

/** Pauses between two looks; the last one repeats. */
const looksAfterMs = [0, 500, 1_000, 2_000, 5_000];

function pauseBeforeMs(look: number): number {
  return looksAfterMs[Math.min(look, looksAfterMs.length - 1)] ?? 0;
}

/**
 * Ends a key's life for good. A key that is gone already is a success.
 *
 * @returns the user's keys as Vultr listed them when this one was seen to be gone
 * @throws {BadRequestError} Vultr refuses, and the key is still listed
 * @throws {VultrError} Vultr says that the key is missing, and nothing proves that it is gone
 * @throws {UnconfirmedDeleteError} Vultr accepted, and lists the key a minute later or does not let us look
 */
export async function revoke(context: RevokeContext, key: KnownKey): Promise<ListedApiKey[]> {
  return seeGone(context, key, await requestDeletion(context, key));
}

/**
 * Takes back a key that this process made a moment ago. That Vultr does not know it yet is lag, so the
 * deletion is repeated until it is accepted.
 *
 * @param wasListed Vultr has listed it: then it may also be that an earlier request, whose answer was lost, deleted it
 * @throws {NotFoundError | BadRequestError} Vultr did not accept the deletion for ten seconds
 * @throws {UnconfirmedDeleteError} as {@link revoke}
 */
export async function takeBack(
  context: RevokeContext,
  key: ApiKeyRef,
  wasListed = false,
): Promise<void> {
  const untilMs = Math.min(context.limit.deadlineMs, context.clock.monotonicMs() + lagLimitMs);
  let refusal = await requestDeletion(context, key);
  for (let tries = 1; refusal !== undefined; tries += 1) {
    if (refusal instanceof PermissionError) throw refusal;
    const pauseMs = pauseBeforeMs(tries);
    const isOver = context.clock.monotonicMs() + pauseMs > untilMs;
    if (isOver && !wasListed) throw refusal;
    if (isOver) break;
    await context.clock.sleep(pauseMs);
    refusal = await requestDeletion(context, key);
  }
  await seeGone(context, key, refusal);
}

const stillListed = "Vultr still lists it";
const noTimeLeft = "the time that the program allows was over before it could be looked for";

/** @param refusal what Vultr answered to the deletion, if it did not accept it */
async function seeGone(
  context: RevokeContext,
  key: KnownKey,
  refusal: ApiError | undefined,
): Promise<ListedApiKey[]> {
  const untilMs = Math.min(context.limit.deadlineMs, context.clock.monotonicMs() + confirmLimitMs);
  let absences = 0;
  for (let looks = 0; ; looks += 1) {
    const pauseMs = pauseBeforeMs(looks);
    if (context.clock.monotonicMs() + pauseMs > untilMs)
      throw refusal ?? unconfirmed(context, key, looks > 0 ? stillListed : noTimeLeft);
    await unlessCanceled(context.clock.sleep(pauseMs), context.limit.signal);
    const keys = await look(context, key, refusal);
    const isListed = keys?.some((listed) => listed.keyId === key.keyId) === true;
    if (isListed) {
      // A 404 may be ahead of the list. Any other refusal is final if the key is listed.
      if (refusal !== undefined && !(refusal instanceof NotFoundError)) throw refusal;
      absences = 0;
      continue;
    }
    // An accepted deletion and absence are proof together.
    if (refusal === undefined) return keys ?? [];
    // Without the right to delete, a list that happens to lack a key is no deletion.
    if (refusal instanceof PermissionError && key.apiKey === undefined) throw refusal;
    absences += 1;
    if (absences < 2) continue; // a list may be behind
    await expectGone(context, key, keys === undefined);
    return keys ?? [];
  }
}

async function look(
  context: RevokeContext,
  key: ApiKeyRef,
  refusal: ApiError | undefined,
): Promise<ListedApiKey[] | undefined> {
  try {
    return await listKeys(context, key.userId);
  } catch (error) {
    if (refusal instanceof PermissionError) throw refusal;
    if (refusal !== undefined || !isVultrError(error)) throw error;
    throw unconfirmed(context, key, error.message, error);
  }
}

/** Vultr's refusal, if it refuses: the key may be gone all the same. */
async function requestDeletion(
  context: RevokeContext,
  key: ApiKeyRef,
): Promise<ApiError | undefined> {
  try {
    await context.client.deleteUserApiKey(key, context.limit);
    return undefined;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof BadRequestError) return error;
    if (error instanceof PermissionError) return deletionForbidden(context, key, error);
    throw error;
  }
}

/** Vultr may let a credential make keys that it does not let it delete: which right deletes is documented nowhere. */
function deletionForbidden(
  context: RevokeContext,
  key: ApiKeyRef,
  { message, status, reason, fromVultr }: PermissionError,
): PermissionError {
  return new PermissionError({
    message: `${message}: the management key may not delete keys, and API key ${key.keyId} is not seen to be gone`,
    hint:
      "Grant the owner of the management key the right to delete keys, Manage Users (`manage_users`); where permissions are set one by one, " +
      "`account.user.Update` and `account.user.Delete`. Then run again. " +
      `Or by hand, as another administrator: ${deleteAdvice(context, key)}`,
    status,
    reason,
    fromVultr,
  });
}

function unconfirmed(
  context: RevokeContext,
  key: ApiKeyRef,
  why: string,
  cause?: VultrError,
): UnconfirmedDeleteError {
  // Without its plaintext, and if Vultr does not list its ending, nothing tells the provider's own key from others.
  const hint =
    cause instanceof AuthenticationError && cause.fromVultr
      ? `It may have been the key that the provider authenticates with. ${cause.hint} Then run the same command again.`
      : `Run the same command again; it looks once more. By hand: ${deleteAdvice(context, key)}`;
  return new UnconfirmedDeleteError({
    message: `could not confirm that API key ${key.keyId} of user ${key.userId} is gone: Vultr accepted its deletion, but ${why}`,
    hint,
    cause,
  });
}
