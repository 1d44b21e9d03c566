/** Pulumi's create: resolve the user, make the key, prove it, hand it over. Or leave nothing behind. */
import {
  isVultrError,
  UnconfirmedDeleteError,
  VerificationError,
  type VultrError,
} from "../vultr/errors";
import { formatUtc } from "../vultr/schemas";
import { adopt } from "./adopt";
import { cleanUpLimitMs, type Context, deleteCommand, operationLimitMs } from "./context";
import { durationMs } from "./duration";
import type { KeyInputs } from "./inputs";
import { automaticName } from "./key-name";
import { reportLeftovers } from "./leftovers";
import { type MadeKey, makeKey, type WantedKey } from "./new-key";
import { ownerOf } from "./owner";
import { PartialCreateError } from "./partial-create";
import { revoke } from "./revoke";
import {
  type CreateResult,
  fingerprintOf,
  type KeyState,
  resourceId,
  withoutUndefined,
} from "./state";
import { verify } from "./verify";

/**
 * @throws {UserLookupError | UncertainCreateError | VerificationError} as their names say
 * @throws {PartialCreateError} the key could neither be proven nor deleted: it goes into state
 */
export async function create(context: Context, inputs: KeyInputs): Promise<CreateResult> {
  const deadlineMs = context.clock.now() + operationLimitMs;
  const userId = await ownerOf(context, inputs, deadlineMs);
  if (inputs.adoptKeyId !== undefined && !context.memory.isReplacement(inputs))
    return adopt(context, { ...inputs, adoptKeyId: inputs.adoptKeyId, userId }, deadlineMs);

  await reportLeftovers(context, inputs, userId, deadlineMs);
  const dateExpire = expiryOf(inputs, context.clock.now());
  const made = await makeKey(
    context,
    { userId, name: nameOf(context, inputs), dateExpire },
    deadlineMs,
  );
  const createdAt = formatUtc(context.clock.now());
  const stateOf = (verifiedAt: string | undefined): KeyState => {
    const { keyId, name, apiKey } = made;
    const { adoptApiKey: _, ...kept } = inputs;
    const fingerprint = fingerprintOf(apiKey);
    const outputs = { keyId, userId, name, dateExpire, createdAt, apiKey, fingerprint, verifiedAt };
    return withoutUndefined({ ...kept, ...outputs }) as KeyState;
  };
  try {
    refuseLostExpiry(made, dateExpire);
    const verifiedAt =
      inputs.verify === false
        ? undefined
        : await verify(context, { ...made, dateExpire }, deadlineMs);
    noteMade(context, inputs, made);
    return { id: resourceId(made), outs: stateOf(verifiedAt) };
  } catch (error) {
    throw await undo(context, made, error, () => stateOf(undefined));
  }
}

function noteMade(context: Context, inputs: KeyInputs, made: MadeKey): void {
  context.memory.noteRecorded(made.keyId, made.name);
  const predecessor = context.memory.predecessorOf(inputs);
  if (predecessor === undefined) return;
  context.memory.noteSuccessor(predecessor.keyId, made);
  context.confirmations.expect(predecessor);
}

/** Deletes a key that did not prove itself, and says what to throw. */
async function undo(
  context: Context,
  made: MadeKey,
  error: unknown,
  stateOf: () => KeyState,
): Promise<Error> {
  if (!isVultrError(error)) return error as Error;
  const deadlineMs = context.clock.now() + cleanUpLimitMs;
  try {
    await revoke(context, made, deadlineMs);
    return undone(error, "The new key was deleted again, nothing else was changed");
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    if (failure instanceof UnconfirmedDeleteError)
      return undone(error, `The new key was deleted again, though not seen to be gone: ${reason}`);
    context.memory.noteRecorded(made.keyId, made.name);
    return new PartialCreateError({
      message: `${error.message}; and the new key ${made.keyId} could not be deleted again (${reason})`,
      hint:
        "It is kept in state, and the key it was to replace stays alive. Run `pulumi up` again: it verifies once more. " +
        `To delete the new key by hand: ${deleteCommand(context, made)}`,
      cause: error,
      id: resourceId(made),
      state: stateOf(),
    });
  }
}

function undone(error: VultrError, how: string): VultrError {
  return new VerificationError({
    message: `${error.message}. ${how}`,
    hint: error.hint,
    cause: error,
  });
}

function nameOf(context: Context, inputs: KeyInputs): WantedKey["name"] {
  if (inputs.name !== undefined) return { exact: inputs.name };
  const predecessorId = context.memory.predecessorOf(inputs)?.keyId;
  const { random } = context.clock;
  return { fresh: () => automaticName(inputs.resourceName ?? "", predecessorId, random) };
}

/** RFC 3339 UTC, whole seconds. */
function expiryOf(inputs: KeyInputs, nowMs: number): string | undefined {
  if (inputs.dateExpire !== undefined) return formatUtc(Date.parse(inputs.dateExpire));
  if (inputs.expiresIn !== undefined) return formatUtc(nowMs + durationMs(inputs.expiresIn));
  return undefined;
}

/** A key that was to expire and will not is not the key that was asked for. */
function refuseLostExpiry(made: MadeKey, dateExpire: string | undefined): void {
  if (dateExpire === undefined || made.expires !== false) return;
  throw new VerificationError({
    message: `could not create API key "${made.name}" with an expiry: Vultr made one that never expires`,
    hint: "Check that the expiry lies in the future by Vultr's clock too, then run again.",
  });
}
