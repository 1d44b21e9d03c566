/** Pulumi's read: is the key still there? What state knows of it stays, for Vultr never shows more. */
import { VultrError } from "../vultr/errors";
import type { ListedApiKey } from "../vultr/schemas";
import type { Context } from "../keys/context";
import { expectGone, lookTwice } from "../keys/presence";
import { type KeyState, keyRefOf, withoutUndefined } from "../keys/state";

/** What read hands to the engine. Empty means that the key is gone. */
export type ReadResult = FoundKey | Partial<Record<keyof FoundKey, never>>;

/** A key that Vultr lists. */
export interface FoundKey {
  /** `<user id>/<key id>`, as it was asked for. */
  id: string;
  /** The outputs of the last run; for `.get`, what Vultr lists. */
  props: Partial<KeyState>;
}

/** A list this young, in milliseconds, serves every key of a refresh. */
const listFreshForMs = 5_000;

/**
 * @param state the outputs of the last run; empty, or a part of that, where a program asks with `.get`
 * @param isGet a program asks, whatever `state` it gives
 * @throws {VultrError} `.get` names a key that does not exist, or no key at all; or nothing proves that the key is gone
 * @throws {AuthenticationError | PermissionError | ServerError} never taken for absence
 */
export async function read(
  context: Context,
  id: string,
  state: Partial<KeyState>,
  isGet = !isRecorded(state),
): Promise<ReadResult> {
  const { clock, memory } = context;
  // Before Vultr is asked: whatever it answers, or does not, the program wants this key.
  if (isGet) for (const part of id.split("/")) memory.lookedUpKeyIds.add(part);
  const key = keyRefOf(id, isGet ? {} : state);
  if (key === undefined) throw badId(id, "it is not of the form <user id>/<key id>");

  if (!isGet) memory.noteKnown(key.keyId);
  const notBeforeMs = clock.monotonicMs() - listFreshForMs;
  const { listed, isUserMissing } = await lookTwice(context, key, notBeforeMs);
  if (isGet) {
    if (listed !== undefined) return { id, props: propsOfListed(key.userId, listed, state) };
    throw badId(
      id,
      `user ${key.userId} has no API key ${key.keyId}`,
      "If it was rotated, look up its successor; if nothing needs it, remove the look-up. ",
    );
  }
  const isGone = listed === undefined;
  if (isGone) await expectGone(context, { ...state, ...key }, isUserMissing);
  memory.noteRefreshed({ ...state, ...key } as KeyState, isGone);
  return isGone ? {} : { id, props: state };
}

/** Is it what a stack keeps of a key? A program may give `.get` a part of that. */
function isRecorded({ keyId, userId, name }: Partial<KeyState>): boolean {
  return keyId !== undefined && userId !== undefined && name !== undefined;
}

/** What `.get` learns of a key that this stack did not make: everything but its plaintext. */
function propsOfListed(
  userId: string,
  listed: ListedApiKey,
  state: Partial<KeyState>,
): Partial<KeyState> {
  const { keyId, name, dateExpire } = listed;
  return withoutUndefined({ ...state, keyId, userId, name, dateExpire }) as Partial<KeyState>;
}

function badId(id: string, why: string, advice = ""): VultrError {
  return new VultrError({
    message: `could not get API key "${id}": ${why}`,
    hint: `${advice}The id is <user id>/<key id>, as GET /users and GET /users/{user-id}/apikeys show them.`,
  });
}
