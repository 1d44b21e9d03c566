/**
 * Makes one key and leaves no other behind that nobody is told of. A create is never repeated blindly: if
 * an answer does not say whether a key was made, what may have been made is looked for by its name.
 *
 * Only a random name proves whose key it is: nobody else can have chosen it, so such a key is deleted and
 * another is made. Somebody else may make a key of an exact name in the same second; then nothing is
 * deleted, the create fails and the keys of that name are named.
 */
import type { CreatedApiKey, ListedApiKey } from "../vultr/schemas";
import { isVultrError, messageOf, ResponseSchemaError, VultrError } from "../vultr/errors";
import { failureKind } from "../vultr/retry";
import { word } from "../words";
import { auditCommand, type Context, forCleanUp } from "./context";
import { isSameAutomaticName } from "./key-name";
import { listKeys } from "./presence";
import { takeBack } from "./revoke";

export interface WantedKey {
  userId: string;
  /** The exact name that the program asks for, or what makes a random one for each attempt. */
  name: string | (() => string);
  dateExpire?: string | undefined;
}

export interface MadeKey extends CreatedApiKey {
  userId: string;
  name: string;
}

const maxCreates = 3;

/**
 * Pauses before each look for a key that an unanswered create may have made, in milliseconds: a
 * request may still be at work when its connection breaks.
 */
const looksAfterMs = [0, 1_000, 4_000];

/**
 * @throws {VultrError} a key may exist that no state records; says what to look for
 * @throws {ServerError | ConnectionError | ResponseSchemaError} what the last create made was deleted again
 */
export async function makeKey(context: Context, wanted: WantedKey): Promise<MadeKey> {
  const { userId, dateExpire } = wanted;
  const doubtfulNames: string[] = [];
  try {
    for (let creates = 1; ; creates += 1) {
      const name = typeof wanted.name === "string" ? wanted.name : wanted.name();
      try {
        const request = { userId, name, ...(dateExpire === undefined ? {} : { dateExpire }) };
        const created = await context.client.createUserApiKey(request, context.limit);
        refuseKnown(context, created);
        return { ...created, userId, name };
      } catch (error) {
        if (failureKind(error) !== "transient" || !isVultrError(error)) throw error;
        if (typeof wanted.name === "string") throw await uncertain(context, userId, name, error);
        const isSettled = await takeBackIfSeen(context, userId, name, error);
        const isLast =
          creates >= maxCreates || context.clock.monotonicMs() > context.limit.deadlineMs;
        if (isLast)
          throw isSettled
            ? error
            : unclear(userId, name, error, "no key of that name is seen so far");
        doubtfulNames.push(name);
        context.notify(
          `creating API key "${name}" got no clear answer (${error.message}); no key of that name is seen, trying again`,
        );
      }
    }
  } finally {
    for (const doubtful of doubtfulNames) await lookOnceMore(context, userId, doubtful);
  }
}

/** What is undone later must not be a key that this run knows. Of other keys nothing tells that they were there before. */
function refuseKnown({ memory }: Context, { keyId }: CreatedApiKey): void {
  if (!memory.isKnown(keyId)) return;
  throw new ResponseSchemaError({
    message: `Vultr answered with the id of a key that was there before, ${keyId}`,
    hint: "Run again. If it stays so, please open an issue.",
  });
}

/** Deletes what a create under a random name may have made. @returns true if there was such a key */
async function takeBackIfSeen(
  context: Context,
  userId: string,
  name: string,
  cause: VultrError,
): Promise<boolean> {
  let seen: ListedApiKey[] = [];
  try {
    for (const pauseMs of looksAfterMs) {
      await context.clock.sleep(pauseMs);
      seen = await keysOf(context, userId, (listed) => isSameAutomaticName(listed, name));
      if (seen.length > 0) break;
    }
    await takeAllBack(context, userId, seen);
    return seen.length > 0;
  } catch (error) {
    const what =
      seen.length === 0
        ? `whether the key exists could not be found out (${messageOf(error)})`
        : `it exists as ${idsOf(seen)}, nobody has its plaintext, and deleting it failed (${messageOf(error)})`;
    throw unclear(userId, name, cause, what);
  }
}

/** What to throw if a key of an exact name may have been made. */
async function uncertain(
  context: Context,
  userId: string,
  name: string,
  cause: VultrError,
): Promise<VultrError> {
  let seen: string;
  try {
    const keys = await keysOf(context, userId, (listed) => listed === name);
    seen =
      keys.length === 0
        ? "no unknown key of that name is listed so far"
        : `it may be one of those that are listed by that name (${idsOf(keys)}), or somebody else made them`;
  } catch (error) {
    seen = `the keys of that name could not be listed (${messageOf(error)})`;
  }
  return unclear(userId, name, cause, `${seen}; nothing was deleted`);
}

/** A key may exist that no state records. */
function unclear(userId: string, name: string, cause: VultrError, what: string): VultrError {
  return new VultrError({
    message: `could not create API key "${name}" of user ${userId}: no clear answer arrived (${cause.message}), and ${what}`,
    hint: `${word.runAgain}. Then ${auditCommand()} shows which key "${name}" no state records, and revokes it by its id.`,
    cause,
  });
}

/** A create that was given up may have been carried out late: however the last one ended, look for it again. */
async function lookOnceMore(context: Context, userId: string, name: string): Promise<void> {
  try {
    const isSame = (listed: string) => isSameAutomaticName(listed, name);
    await takeAllBack(context, userId, await keysOf(context, userId, isSame));
  } catch (error) {
    // A new key is good and must not be lost over this: say it and go on.
    context.notify(
      `warning: an earlier attempt may have left API key "${name}" of user ${userId} behind, and it could not ` +
        `be looked for or deleted (${messageOf(error)}). ${auditCommand()} shows whether it exists.`,
    );
  }
}

async function takeAllBack(
  context: Context,
  userId: string,
  keys: readonly ListedApiKey[],
): Promise<void> {
  const cleanUp = forCleanUp(context);
  for (const { keyId } of keys) await takeBack(cleanUp, { userId, keyId }, true);
}

/**
 * Keys with a name of this kind that this run does not know.
 *
 * @throws {VultrError} a key without a name is listed, which may be the one that is looked for
 */
async function keysOf(context: Context, userId: string, isMeant: (name: string) => boolean) {
  const keys = (await listKeys(forCleanUp(context), userId)) ?? [];
  const unknown = keys.filter(({ keyId }) => !context.memory.isKnown(keyId));
  const named = unknown.filter((key) => isMeant(key.name));
  const nameless = unknown.filter((key) => key.name === "");
  if (named.length === 0 && nameless.length > 0)
    throw new VultrError({
      message: `Vultr lists keys without a name, one of which may be it: ${idsOf(nameless)}`,
      hint: "See which of them no state records.",
    });
  return named;
}

function idsOf(keys: readonly ListedApiKey[]): string {
  return keys.map((key) => key.keyId).join(", ");
}
