/** Pulumi's update: records args that need no new key, and proves a key that could not be proven before. */
import type { CallOptions } from "../vultr/client";
import { formatUtc } from "../vultr/clock";
import { outputNames } from "../names";
import { type Context, operationLimit } from "../keys/context";
import { refuseOtherPlaintext } from "../keys/adopt";
import type { KeyInputs } from "../keys/inputs";
import { findKey } from "../keys/presence";
import { identityOf } from "../keys/run-memory";
import { fingerprintOf, isAdopted, type KeyState, withoutUndefined } from "../keys/state";
import { verify } from "../keys/verify";

/** @throws {VultrError} a key that was kept unproven still does not authenticate */
export async function update(
  context: Context,
  state: KeyState,
  inputs: KeyInputs,
): Promise<{ outs: KeyState }> {
  const limit = operationLimit(context);
  const plaintext = await plaintextOf(context, state, inputs, limit);
  const { apiKey } = plaintext;
  const isUnproven = state.verifiedAt === undefined && inputs.verify !== false;
  const nextStep = "Run again. If it fails again, change rotationTrigger: another key is made.";
  const verifiedAt =
    apiKey !== undefined && isUnproven
      ? await verify(context, { ...state, apiKey, nextStep }, limit)
      : state.verifiedAt;
  const { adoptApiKey: _, ...args } = inputs;
  const outputs = Object.fromEntries(outputNames.map((output) => [output, state[output]]));
  // That a key was adopted stays known when the program no longer says so.
  const adopted = isAdopted(state) ? { adoptKeyId: state.adoptKeyId } : {};
  const createdAt = state.createdAt ?? formatUtc(context.clock.now());
  const outs = { ...args, ...adopted, ...outputs, createdAt, ...plaintext, verifiedAt };
  const updated = withoutUndefined(outs) as KeyState;
  context.memory.noteMade(identityOf(inputs) ?? "", updated);
  return { outs: updated };
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
