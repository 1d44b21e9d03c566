/** Pulumi's create: resolve the user, make the key, prove it, hand it over. Or leave nothing behind. */
import {
  type ErrorParts,
  isVultrError,
  messageOf,
  UnconfirmedDeleteError,
  VultrError,
} from "../vultr/errors";
import { formatUtc } from "../vultr/clock";
import { adopt } from "../keys/adopt";
import { type Context, deleteAdvice, forCleanUp } from "../keys/context";
import { durationMs } from "../keys/duration";
import type { KeyInputs } from "../keys/inputs";
import { automaticName, originOf } from "../keys/key-name";
import { nameUnknownKeys } from "../keys/leftovers";
import { type MadeKey, makeKey } from "../keys/new-key";
import { isOfOtherUser, ownerOf } from "../keys/owner";
import { listKeys } from "../keys/presence";
import { takeBack } from "../keys/revoke";
import { identityOf } from "../keys/run-memory";
import {
  type CreateResult,
  type KeyState,
  newState,
  resourceId,
  withoutUndefined,
} from "../keys/state";
import { verify } from "../keys/verify";

/**
 * A key was made, and could be neither proven nor deleted. The engine gets `id` and `properties` with
 * this error: it records them, fails the run, and calls update in the next one.
 */
export class PartialCreateError extends VultrError {
  override readonly name = "PartialCreateError" as const;
  /** Pulumi's id of the key. */
  readonly id: string;
  readonly #state: KeyState;

  constructor(parts: ErrorParts & { state: KeyState }) {
    super(parts);
    this.id = resourceId(parts.state);
    this.#state = parts.state;
  }

  /** For the engine alone. A method, because a log would print a field, and with it the plaintext. */
  propertiesFor(providerText: string | undefined): KeyState {
    return withoutUndefined({ ...this.#state, __provider: providerText }) as KeyState;
  }
}

/**
 * @throws {VultrError} no such user; a key may exist that nobody knows; the new key does not work; `userEmail` leads
 *   to another user than state records; or the key cannot be adopted
 * @throws {PartialCreateError} the key could neither be proven nor deleted: it goes into state
 */
export async function create(context: Context, inputs: KeyInputs): Promise<CreateResult> {
  const { memory } = context;
  const identity = identityOf(inputs);
  const predecessor = memory.predecessorOf(identity);
  const userId = await ownerOf(context, inputs);
  const { adoptKeyId, userEmail } = inputs;
  // userEmail may lead to another user by now. The new key replaces no key of the former user that a refresh found gone.
  const isGone = predecessor !== undefined && memory.resource(identity)?.recorded === undefined;
  const isOfFormerUser = isGone && isOfOtherUser({ userEmail, userId }, predecessor);
  // The key that adoptKeyId names is adopted once: what replaces it is a new key.
  const outs =
    adoptKeyId !== undefined && adoptKeyId !== predecessor?.adoptKeyId
      ? await adopt(context, { ...inputs, adoptKeyId, userId })
      : await makeAndProve(context, inputs, userId, isOfFormerUser ? undefined : predecessor);
  memory.noteMade(identity, outs);
  return { id: resourceId(outs), outs };
}

/** @param predecessor what state records of the key that the new one replaces */
async function makeAndProve(
  context: Context,
  inputs: KeyInputs,
  userId: string,
  predecessor: KeyState | undefined,
): Promise<KeyState> {
  const { clock, memory } = context;
  refuseOtherUser(context, inputs, userId);
  const isNew = memory.resource(identityOf(inputs))?.isKnownToEngine !== true;
  if (isNew) {
    // Leftovers of earlier runs are there before this run begins, so one list for each user is enough.
    const keys = await memory.keysAtFirst(userId, () => listKeys(context, userId));
    nameUnknownKeys(context, inputs, userId, keys ?? []);
  }
  const dateExpire = expiryOf(inputs, clock.now());
  const wantedName = inputs.name ?? (() => automaticName(originOf(inputs), clock.random));
  const made = await makeKey(context, { userId, name: wantedName, dateExpire });
  const createdAt = formatUtc(clock.now());
  const key = { ...made, dateExpire, nextStep: "Run again: another key is made." };
  const stateOf = (verifiedAt: string | undefined): KeyState => {
    const { keyId, name, apiKey } = made;
    const outputs = { keyId, userId, name, dateExpire, createdAt, apiKey, verifiedAt };
    if (!hasLostExpiry(made, dateExpire)) return newState(inputs, outputs, predecessor);
    // Recorded without the expiry that the key lacks, so that the next diff asks for a new key.
    const { dateExpire: _, expiresIn: __, ...others } = inputs;
    return newState(others, { ...outputs, dateExpire: undefined }, predecessor);
  };
  try {
    refuseLostExpiry(made, dateExpire);
    return stateOf(inputs.verify === false ? undefined : await verify(context, key));
  } catch (error) {
    throw await undo(context, made, error, { ...stateOf(undefined), isUnproven: true });
  }
}

/** No key goes to another user because an address has changed hands. All recorded keys count: a new slot of a ring has no predecessor. */
function refuseOtherUser({ memory }: Context, { userEmail }: KeyInputs, userId: string): void {
  const earlier = memory.recordedKeys().find((key) => isOfOtherUser({ userEmail, userId }, key));
  if (userEmail === undefined || earlier === undefined) return;
  throw new VultrError({
    message: `could not make an API key for ${userEmail}: this address now belongs to user ${userId}, and state records user ${earlier.userId} (key ${earlier.keyId})`,
    hint: `Say who is meant, in place of userEmail: userId: ${earlier.userId} for the user so far, or userId: ${userId} for the new one.`,
  });
}

/** Deletes a key that could not be proven, or keeps it in state: no key is left unrecorded. @returns what to throw */
async function undo(
  context: Context,
  made: MadeKey,
  error: unknown,
  state: KeyState,
): Promise<unknown> {
  const why = messageOf(error);
  const hint = isVultrError(error) ? error.hint : "Please open an issue.";
  const undone = (how: string) => new VultrError({ message: `${why}. ${how}`, hint, cause: error });
  try {
    await takeBack(forCleanUp(context), made);
    return undone("The new key was deleted again, nothing else was changed");
  } catch (failure) {
    const reason = messageOf(failure);
    if (failure instanceof UnconfirmedDeleteError)
      return undone(`The new key was deleted again, though not seen to be gone: ${reason}`);
    context.memory.noteMade(identityOf(state), state);
    return new PartialCreateError({
      message: `${why}; and the new key ${made.keyId} could not be deleted again (${reason})`,
      hint:
        `It is kept in state${state.previousKeyId === undefined ? "" : ", and the key that it is to replace stays alive"}. Run \`pulumi up --refresh\`: it verifies once more, or makes another key if this one is gone. ` +
        `To delete the new key by hand: ${deleteAdvice(context, made)}`,
      cause: error,
      state,
    });
  }
}

/** RFC 3339 UTC, whole seconds. */
function expiryOf(inputs: KeyInputs, nowMs: number): string | undefined {
  if (inputs.dateExpire !== undefined) return formatUtc(Date.parse(inputs.dateExpire));
  if (inputs.expiresIn !== undefined) return formatUtc(nowMs + durationMs(inputs.expiresIn));
  return undefined;
}

function refuseLostExpiry(made: MadeKey, dateExpire: string | undefined): void {
  if (!hasLostExpiry(made, dateExpire)) return;
  throw new VultrError({
    message: `could not create API key "${made.name}" with an expiry: Vultr made one that never expires`,
    hint: "Check that the expiry lies in the future by Vultr's clock too, then run again.",
  });
}

function hasLostExpiry({ expires }: MadeKey, dateExpire: string | undefined): boolean {
  return dateExpire !== undefined && expires === false;
}
