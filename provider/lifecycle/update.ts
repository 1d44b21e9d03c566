/** Pulumi's update: records args that need no new key, and proves a key that could not be proven before. */
import { formatUtc } from "../vultr/clock";
import { type Context, rotateAdvice } from "../keys/context";
import { refuseOtherPlaintext } from "../keys/adopt";
import type { KeyInputs } from "../keys/inputs";
import { lookOnce } from "../keys/presence";
import { identityOf } from "../keys/run-memory";
import { fingerprintOf, type KeyState, keptState } from "../keys/state";
import { verify } from "../keys/verify";
import { isVultrError, VultrError } from "../vultr/errors";
import { PartialCreateError } from "./create";

/**
 * @throws {PartialCreateError} a key that was kept unproven still does not authenticate: it stays in state
 * @throws {VultrError} the plaintext of an adopted key does not authenticate
 */
export async function update(
  context: Context,
  state: KeyState,
  inputs: KeyInputs,
): Promise<{ outs: KeyState }> {
  const kept = {
    ...keptState(state, inputs),
    ...latePlaintext(state, inputs),
    createdAt: state.createdAt ?? formatUtc(context.clock.now()),
  };
  const { apiKey } = kept;
  const { isUnproven } = state;
  let { verifiedAt } = state;
  const isToBeTried = inputs.verify !== false || state.apiKey === undefined;
  if (apiKey !== undefined && verifiedAt === undefined && isToBeTried) {
    verifiedAt = await proof(context, { ...state, apiKey }, inputs).catch((error: unknown) => {
      throw isUnproven === true ? keepingState(error, { ...kept, isUnproven }) : error;
    });
  } else if (isUnproven === true)
    context.notify(
      `warning: API key "${state.name}" takes over without having been seen to authenticate, because verify is false.`,
    );
  const outs = { ...kept, ...(verifiedAt !== undefined && { verifiedAt }) };
  context.memory.noteMade(identityOf(inputs), outs);
  return { outs };
}

/** When the key was seen to authenticate. One that is gone is not tried: of a deleted key Vultr may say what it says of a weak one. */
async function proof(
  context: Context,
  state: KeyState & { apiKey: string },
  { verify: isWanted, adoptApiKey }: KeyInputs,
): Promise<string | undefined> {
  const { keyId, name, userId, apiKey } = state;
  const { listed } = await lookOnce(context, state);
  if (listed === undefined)
    throw new VultrError({
      message: `could not verify API key "${name}" (${keyId}): Vultr does not list it for user ${userId}`,
      hint: "Run `pulumi up --refresh`: if it is gone, a new key is made. Remove adoptKeyId and adoptApiKey first, if it was adopted.",
    });
  const isWritten = apiKey === adoptApiKey;
  if (isWritten) refuseOtherPlaintext(apiKey, listed);
  if (isWanted === false) return undefined;
  return verify(context, { ...state, nextStep: nextStepFor(state, isWritten) });
}

/** In this form the engine keeps the key in state, also if it takes the failure for that of a create. */
function keepingState(error: unknown, state: KeyState): unknown {
  if (!isVultrError(error)) return error;
  const { message, hint } = error;
  return new PartialCreateError({ message, hint, cause: error, state });
}

/** A plaintext that somebody has just written may be the wrong one: the key itself may be in use. */
function nextStepFor(state: KeyState, isWritten: boolean): string {
  return isWritten
    ? "Check adoptApiKey, or leave it out. Do not rotate the key while somebody uses it."
    : `Run again. If it fails again, ${rotateAdvice(state)}: another key is made.`;
}

/** The plaintext of an adopted key, if it comes later than its adoption. */
function latePlaintext(
  { apiKey, keyId }: KeyState,
  { adoptApiKey, adoptKeyId }: KeyInputs,
): Pick<KeyState, "apiKey" | "fingerprint"> {
  if (apiKey !== undefined || adoptApiKey === undefined || adoptKeyId !== keyId) return {};
  return { apiKey: adoptApiKey, fingerprint: fingerprintOf(adoptApiKey) };
}
