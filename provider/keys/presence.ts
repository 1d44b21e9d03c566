/** Is a key still there? What may count as "gone", and what never does. */
import {
  AuthenticationError,
  BadRequestError,
  IpNotAllowedError,
  NotFoundError,
  PermissionError,
  unlessCanceled,
  VultrError,
} from "../vultr/errors";
import type { ApiKeyRef } from "../vultr/client";
import type { ListedApiKey } from "../vultr/schemas";
import { word } from "../words";
import { forgetAdvice, type Looker } from "./context";
import { refusalOfUser } from "./owner";

/** A key, and what else is known of it. */
export interface KnownKey extends ApiKeyRef {
  /** The plaintext. */
  apiKey?: string | undefined;
  /** When it was seen to authenticate. */
  verifiedAt?: string | undefined;
}

/**
 * The keys that Vultr lists for a user; undefined if Vultr knows no such user, by id and in the full
 * listing of users. A user who is missing proves nothing alone: the credential may be another organisation's.
 *
 * @param notBeforeMs a list that was asked for at this time or later will do
 * @throws {AuthenticationError | IpNotAllowedError | PermissionError | ServerError} never taken for absence
 */
export async function listKeys(
  context: Looker,
  userId: string,
  notBeforeMs = context.clock.monotonicMs(),
): Promise<ListedApiKey[] | undefined> {
  const options = { ...context.limit, notBeforeMs };
  try {
    return await context.client.listUserApiKeys(userId, options);
  } catch (error) {
    if (!(error instanceof NotFoundError || error instanceof BadRequestError)) throw error;
    if (await context.client.isUserGone(userId, options)) return undefined;
    throw error;
  }
}

/** Looks for a key in the list of its user. @param notBeforeMs as for {@link listKeys} */
export async function lookOnce(
  context: Looker,
  { userId, keyId }: ApiKeyRef,
  notBeforeMs?: number,
): Promise<{ listed: ListedApiKey | undefined; isUserMissing: boolean }> {
  const keys = await listKeys(context, userId, notBeforeMs);
  const listed = keys?.find((each) => each.keyId === keyId);
  return { listed, isUserMissing: keys === undefined };
}

/** A list may be behind, and a young key be refused now and then: what tells of an end counts once it was seen twice. */
const secondLookAfterMs = 1_000;

/** Looks for a key; if it is not listed, a second time. @param notBeforeMs for the first look */
export async function lookTwice(context: Looker, key: ApiKeyRef, notBeforeMs?: number) {
  const first = await lookOnce(context, key, notBeforeMs);
  if (first.listed !== undefined) return first;
  await unlessCanceled(context.clock.sleep(secondLookAfterMs), context.limit.signal);
  return lookOnce(context, key);
}

/**
 * Makes sure that a key which is not listed is gone: with its plaintext, the key itself is tried.
 *
 * @param isUserMissing Vultr knows no such user; then the plaintext alone can prove anything
 * @throws {VultrError} the key is alive, or nothing proves that it is gone; says the way out
 */
export async function expectGone(
  context: Looker,
  key: KnownKey,
  isUserMissing: boolean,
): Promise<void> {
  const unclear = (why: string, hint: string) =>
    new VultrError({
      message: `could not tell whether API key ${key.keyId} of user ${key.userId} is gone: ${why}`,
      hint,
    });
  const userDeleted = `Check first that ${word.apiKey} is of the organisation that the key belongs to. Only if it is, and the user was deleted, ${forgetAdvice}`;
  if (key.apiKey === undefined) {
    if (!isUserMissing) return;
    throw unclear(
      "Vultr does not know its user, and without the plaintext the key cannot be tried",
      userDeleted,
    );
  }
  let answer = await refusalOfKey(context, key.apiKey);
  if (answer instanceof AuthenticationError) {
    await unlessCanceled(context.clock.sleep(secondLookAfterMs), context.limit.signal);
    answer = await refusalOfKey(context, key.apiKey);
  }
  if (answer instanceof AuthenticationError) {
    if (!answer.fromVultr)
      throw unclear(
        `what answers the key is not Vultr: ${answer.reason}`,
        `Check ${word.apiUrl}, and what lies between, such as a proxy. Then run again.`,
      );
    if (!isUserMissing || key.verifiedAt !== undefined) return;
    throw unclear(
      "Vultr does not know its user, and that it refuses the key proves nothing: it was never seen to authenticate",
      userDeleted,
    );
  }
  const what =
    answer === undefined ? "the key authenticates" : `answers the key with ${answer.reason}`;
  // If Vultr refuses the user, it may answer so to every key, also to one that is gone.
  const refusalOfAll =
    answer === undefined || isUserMissing
      ? undefined
      : refusalOfUser(await context.client.getUser(key.userId, context.limit));
  if (refusalOfAll !== undefined)
    throw unclear(
      `Vultr does not list it, yet ${what}, and ${refusalOfAll.why}`,
      `${refusalOfAll.hint} Then run again.`,
    );
  throw unclear(
    `Vultr does not list it for this user, yet ${what}`,
    `Check that ${word.apiKey} is of the organisation that the key belongs to; if it is, Vultr's list is behind: run again later. ` +
      "If the user was moved to another organisation, manage the key there, and here " +
      forgetAdvice,
  );
}

/** A refusal of the credential itself. */
export type KeyRefusal = AuthenticationError | IpNotAllowedError | PermissionError;

/** How Vultr refuses a key; undefined if it accepts it. An answer that tells nothing of the key is thrown. */
export async function refusalOfKey(
  { client, limit }: Looker,
  apiKey: string,
): Promise<KeyRefusal | undefined> {
  try {
    await client.getAccount(limit, apiKey);
    return undefined;
  } catch (error) {
    if (isKeyRefusal(error)) return error;
    throw error;
  }
}

export function isKeyRefusal(error: unknown): error is KeyRefusal {
  return (
    error instanceof AuthenticationError ||
    error instanceof IpNotAllowedError ||
    error instanceof PermissionError
  );
}
