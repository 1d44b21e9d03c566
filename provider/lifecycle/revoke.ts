/** Deletes a key and then looks: done means that Vultr no longer lists it. */
import type { ApiKeyRef } from "../vultr/client";
import {
  type ApiError,
  BadRequestError,
  isVultrError,
  NotFoundError,
  UnconfirmedDeleteError,
  type VultrError,
} from "../vultr/errors";
import type { ListedApiKey } from "../vultr/schemas";
import { type Context, deleteCommand } from "./context";
import { listKeys } from "./presence";

/** What revoking needs. */
export type RevokeContext = Pick<Context, "client" | "clock" | "apiUrl">;

/** How long a deleted key may stay listed before we say so. */
const confirmLimitMs = 60_000;

/** Pauses between two looks; the last one repeats. */
const looksAfterMs = [0, 500, 1_000, 2_000, 5_000];

/**
 * Ends a key's life for good. A key that is gone already is a success.
 *
 * @param deadlineMs milliseconds since the epoch
 * @param beforeLooking waited for between the deletion and the first look
 * @returns the user's keys as Vultr listed them when this one was seen to be gone
 * @throws {BadRequestError} Vultr refuses, and the key is still listed
 * @throws {UnconfirmedDeleteError} Vultr accepted, and lists the key a minute later or does not let us look
 */
export async function revoke(
  context: RevokeContext,
  key: ApiKeyRef,
  deadlineMs: number,
  beforeLooking?: () => Promise<void>,
): Promise<ListedApiKey[]> {
  const refusal = await requestDeletion(context, key, deadlineMs);
  await beforeLooking?.();
  const untilMs = Math.min(deadlineMs, context.clock.now() + confirmLimitMs);
  for (let looks = 0; ; looks += 1) {
    const pauseMs = looksAfterMs[Math.min(looks, looksAfterMs.length - 1)] ?? 0;
    if (context.clock.now() + pauseMs > untilMs)
      throw refusal ?? unconfirmed(context, key, "Vultr still lists it");
    await context.clock.sleep(pauseMs);
    const keys = await look(context, key, deadlineMs, refusal);
    if (keys.every((listed) => listed.keyId !== key.keyId)) return keys;
    // "Missing" may be news that the list has not heard yet; "bad request" with the key there is a no.
    if (refusal instanceof BadRequestError) throw refusal;
  }
}

async function look(
  context: RevokeContext,
  key: ApiKeyRef,
  deadlineMs: number,
  refusal: ApiError | undefined,
): Promise<ListedApiKey[]> {
  try {
    return await listKeys(context, key.userId, { deadlineMs, notBeforeMs: context.clock.now() });
  } catch (error) {
    if (refusal !== undefined || !isVultrError(error)) throw error;
    throw unconfirmed(context, key, error.message, error);
  }
}

/** The error behind which absence may hide, if Vultr gave one. */
async function requestDeletion(
  context: RevokeContext,
  key: ApiKeyRef,
  deadlineMs: number,
): Promise<ApiError | undefined> {
  try {
    await context.client.deleteUserApiKey(key, { deadlineMs });
    return undefined;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof BadRequestError) return error;
    throw error;
  }
}

function unconfirmed(
  context: RevokeContext,
  key: ApiKeyRef,
  why: string,
  cause?: VultrError,
): UnconfirmedDeleteError {
  return new UnconfirmedDeleteError({
    message: `could not confirm that API key ${key.keyId} of user ${key.userId} is gone: Vultr accepted its deletion, but ${why}`,
    hint: `Run \`pulumi up\` again; it looks once more. By hand: ${deleteCommand(context, key)}`,
    cause,
  });
}
