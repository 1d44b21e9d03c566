/** Is a key still there? The rule that keeps a blocked address or an outage from reading as "gone". */
import { BadRequestError, NotFoundError } from "../vultr/errors";
import type { ApiKeyRef, ReadOptions } from "../vultr/client";
import type { ListedApiKey } from "../vultr/schemas";
import type { Context } from "./context";

/**
 * The keys that Vultr lists for a user; empty where the user is provably gone.
 *
 * Only a 200 list proves absence. Where the list itself is 400 or 404, the user must be missing both
 * by id and in the full listing of users.
 *
 * @throws {AuthenticationError | IpNotAllowedError | PermissionError} never taken for absence
 */
export async function listKeys(
  context: Pick<Context, "client">,
  userId: string,
  options: ReadOptions,
): Promise<ListedApiKey[]> {
  try {
    return await context.client.listUserApiKeys(userId, options);
  } catch (error) {
    if (!(error instanceof NotFoundError || error instanceof BadRequestError)) throw error;
    if (await context.client.isUserGone(userId, options)) return [];
    throw error;
  }
}

/** The key as listed, or undefined where it is gone. */
export async function findKey(
  context: Pick<Context, "client">,
  key: ApiKeyRef,
  options: ReadOptions,
): Promise<ListedApiKey | undefined> {
  const keys = await listKeys(context, key.userId, options);
  return keys.find((listed) => listed.keyId === key.keyId);
}
