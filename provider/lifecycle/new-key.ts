/**
 * Makes one key and leaves no other behind. Where an answer does not say whether a key was made,
 * the key is looked for by name, deleted, and only then is another made.
 */
import type { CreatedApiKey } from "../vultr/schemas";
import { isVultrError, UncertainCreateError, type VultrError } from "../vultr/errors";
import { failureKind } from "../vultr/retry";
import { cleanUpLimitMs, type Context, deleteCommand, listCommand } from "./context";
import { listKeys } from "./presence";
import { revoke } from "./revoke";

export interface WantedKey {
  userId: string;
  /** A name of its own for each attempt, or always the name that the program asks for. */
  name: { exact: string } | { fresh: () => string };
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
const strayLooksAfterMs = [0, 1_000, 4_000];

/**
 * @param deadlineMs milliseconds since the epoch
 * @throws {UncertainCreateError} a key may exist, and could not be found or deleted; says what to run
 * @throws {ServerError | ConnectionError | ResponseSchemaError} nothing was made, or it was deleted again
 */
export async function makeKey(
  context: Context,
  wanted: WantedKey,
  deadlineMs: number,
): Promise<MadeKey> {
  const { name } = wanted;
  if (!("exact" in name)) return makeKeyAlone(context, wanted, new Set(), deadlineMs);
  // Vultr lets names repeat. Two creates of one name at a time could not tell their keys apart.
  return inTurn(`${wanted.userId} ${name.exact}`, async () => {
    const before = await keysNamed(context, wanted.userId, name.exact, deadlineMs);
    return makeKeyAlone(context, wanted, new Set(before.map((key) => key.keyId)), deadlineMs);
  });
}

async function makeKeyAlone(
  context: Context,
  wanted: WantedKey,
  before: ReadonlySet<string>,
  deadlineMs: number,
): Promise<MadeKey> {
  const { userId, dateExpire } = wanted;
  const doubtfulNames = new Set<string>();
  for (let creates = 1; ; creates += 1) {
    const name = "exact" in wanted.name ? wanted.name.exact : wanted.name.fresh();
    try {
      const request = { userId, name, ...(dateExpire === undefined ? {} : { dateExpire }) };
      const created = await context.client.createUserApiKey(request, { deadlineMs });
      const made = { ...created, userId, name };
      await lookOnceMore(context, made, doubtfulNames, before);
      return made;
    } catch (error) {
      if (failureKind(error) !== "transient" || !isVultrError(error)) throw error;
      doubtfulNames.add(name);
      await removeStrays(context, { userId, name, before }, error);
      if (creates >= maxCreates || context.clock.now() > deadlineMs) throw error;
      context.notify(
        `creating API key "${name}" got no clear answer (${error.message}); no key of that name is left, trying again`,
      );
    }
  }
}

/** Where a key came from a create whose answer we never understood. */
interface Doubt {
  userId: string;
  name: string;
  /** Ids that had this name before we asked. */
  before: ReadonlySet<string>;
}

async function removeStrays(context: Context, doubt: Doubt, cause: VultrError): Promise<void> {
  const deadlineMs = context.clock.now() + cleanUpLimitMs;
  for (const pauseMs of strayLooksAfterMs) {
    await context.clock.sleep(pauseMs);
    const strays = await straysOf(context, doubt, deadlineMs, cause);
    for (const keyId of strays) await removeStray(context, doubt, keyId, cause);
    if (strays.length > 0) return;
  }
}

async function straysOf(
  context: Context,
  doubt: Doubt,
  deadlineMs: number,
  cause: VultrError,
): Promise<string[]> {
  try {
    const named = await keysNamed(context, doubt.userId, doubt.name, deadlineMs);
    return named
      .map((key) => key.keyId)
      .filter((keyId) => !doubt.before.has(keyId) && !context.memory.recorded.has(keyId));
  } catch (error) {
    throw new UncertainCreateError({
      message:
        `could not create API key "${doubt.name}" of user ${doubt.userId}: no clear answer arrived (${cause.message}), ` +
        `and whether the key exists could not be found out (${messageOf(error)})`,
      hint:
        `Look for "${doubt.name}" in this list and delete it if it is there: ${listCommand(context, doubt.userId)} . ` +
        "Then run `pulumi up` again.",
      cause,
    });
  }
}

async function removeStray(
  context: Context,
  doubt: Doubt,
  keyId: string,
  cause: VultrError,
): Promise<void> {
  const key = { userId: doubt.userId, keyId };
  try {
    await revoke(context, key, context.clock.now() + cleanUpLimitMs);
  } catch (error) {
    throw new UncertainCreateError({
      message:
        `could not create API key "${doubt.name}" of user ${doubt.userId}: no clear answer arrived (${cause.message}); ` +
        `it exists as ${keyId}, nobody has its plaintext, and deleting it failed (${messageOf(error)})`,
      hint: `Delete it: ${deleteCommand(context, key)} . Then run \`pulumi up\` again.`,
      cause,
    });
  }
}

/** A create that was given up may have been carried out late: after a success, look for it again. */
async function lookOnceMore(
  context: Context,
  made: MadeKey,
  doubtfulNames: ReadonlySet<string>,
  before: ReadonlySet<string>,
): Promise<void> {
  const ours = new Set([...before, made.keyId]);
  for (const name of doubtfulNames) {
    try {
      const limitMs = context.clock.now() + cleanUpLimitMs;
      const listed = await keysNamed(context, made.userId, name, limitMs);
      const late = listed.filter(
        (key) => !ours.has(key.keyId) && !context.memory.recorded.has(key.keyId),
      );
      for (const { keyId } of late) await revoke(context, { userId: made.userId, keyId }, limitMs);
    } catch (error) {
      // The new key is good and must not be lost over this: say it and go on.
      context.notify(
        `warning: an earlier attempt may have left API key "${name}" of user ${made.userId} behind, and it could not ` +
          `be looked for (${messageOf(error)}). Delete it if this lists it: ${listCommand(context, made.userId)}`,
      );
    }
  }
}

async function keysNamed(context: Context, userId: string, name: string, deadlineMs: number) {
  const keys = await listKeys(context, userId, { deadlineMs, notBeforeMs: context.clock.now() });
  return keys.filter((key) => key.name === name);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const turns = new Map<string, Promise<unknown>>();

/** Runs `work` after all earlier work of the same `line` has ended, well or badly. */
async function inTurn<T>(line: string, work: () => Promise<T>): Promise<T> {
  const earlier = turns.get(line) ?? Promise.resolve();
  const mine = earlier.then(work, work);
  turns.set(line, mine);
  try {
    return await mine;
  } finally {
    if (turns.get(line) === mine) turns.delete(line);
  }
}
