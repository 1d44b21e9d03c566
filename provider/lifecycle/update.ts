/** Pulumi's update: records args that need no new key, and proves a key that could not be proven before. */
import type { CallOptions } from "../vultr/client";
import { formatUtc } from "../vultr/clock";
import { outputNames } from "../names";
import { type Context, operationLimit, rotateAdvice } from "../keys/context";
import { refuseOtherPlaintext } from "../keys/adopt";
import type { KeyInputs } from "../keys/inputs";
import { findKey } from "../keys/presence";
import { identityOf } from "../keys/run-memory";
import {
  fingerprintOf,
  historyOf,
  type KeyState,
  resourceId,
  withoutUndefined,
} from "../keys/state";
import { verify } from "../keys/verify";
import { isVultrError } from "../vultr/errors";
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
  const limit = operationLimit(context);
  const plaintext = await plaintextOf(context, state, inputs, limit);
  const { apiKey } = plaintext;
  const { adoptApiKey: _, ...args } = inputs;
  const outputs = Object.fromEntries(outputNames.map((output) => [output, state[output]]));
  const createdAt = state.createdAt ?? formatUtc(context.clock.now());
  const updatedState = (proof: {
    verifiedAt?: string | undefined;
    isUnproven?: true | undefined;
  }) => {
    const outs = { ...args, ...historyOf(state, inputs), ...outputs, createdAt, ...plaintext };
    return withoutUndefined({ ...outs, ...proof }) as KeyState;
  };
  const { isUnproven, verifiedAt: provenAt } = state;
  let outs: KeyState;
  if (apiKey === undefined || provenAt !== undefined || inputs.verify === false) {
    if (isUnproven === true)
      context.notify(
        `warning: API key "${state.name}" takes over without having been seen to authenticate, because verify is false.`,
      );
    outs = updatedState({ verifiedAt: provenAt });
  } else
    try {
      const key = { ...state, apiKey, nextStep: nextStepFor(state) };
      outs = updatedState({ verifiedAt: await verify(context, key, limit) });
    } catch (error) {
      if (isUnproven !== true || !isVultrError(error)) throw error;
      // In this form the engine keeps the key in state, also if it takes this for the end of a create.
      const parts = { message: error.message, hint: error.hint, cause: error };
      const keptState = updatedState({ isUnproven });
      throw new PartialCreateError({ ...parts, id: resourceId(state), state: keptState });
    }
  context.memory.noteMade(identityOf(inputs) ?? "", outs);
  return { outs };
}

/** A plaintext that somebody has just written may be the wrong one: the key itself may be in use. */
function nextStepFor(state: KeyState): string {
  return state.apiKey === undefined
    ? "Check adoptApiKey, or leave it out. Do not rotate the key while somebody uses it."
    : `Run again. If it fails again, ${rotateAdvice(state)}: another key is made.`;
}

/** The key's plaintext, which an adopted key may get later than its adoption. */
async function plaintextOf(
  context: Context,
  state: KeyState,
  inputs: KeyInputs,
  limit: CallOptions,
): Promise<Pick<KeyState, "apiKey" | "fingerprint">> {
  const { adoptApiKey } = inputs;
  const { apiKey } = state;
  if (apiKey !== undefined) return { apiKey };
  if (adoptApiKey === undefined || inputs.adoptKeyId !== state.keyId) return {};
  const listed = await findKey(context, state, limit);
  if (listed !== undefined) refuseOtherPlaintext(adoptApiKey, listed);
  return { apiKey: adoptApiKey, fingerprint: fingerprintOf(adoptApiKey) };
}
