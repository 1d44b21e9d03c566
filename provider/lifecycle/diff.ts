/** Pulumi's diff: what a run would do, from the last state and the new args. Sends nothing. */
import { isDeepStrictEqual } from "node:util";

import { describeDuration, durationMs } from "../keys/duration";
import { argNames, type DeclaredKey, type KeyInputs } from "../keys/inputs";
import { isSameAddress } from "../keys/owner";
import { VultrError } from "../vultr/errors";
import { type PreviewContext, renewAdvice } from "../keys/context";
import { selfRevokeRefused } from "../keys/may-revoke";
import { identitiesOf, identityOf } from "../keys/run-memory";
import { isAdopted, isExpired, isRenamed, type KeyState } from "../keys/state";
import { containsUnknown } from "../keys/engine-values";

/** What diff hands to the engine. */
export interface DiffResult {
  /** Is there anything to do or to record? */
  changes: boolean;
  /** The args that make a new key necessary. Not empty means: replace, new key first. */
  replaces: string[];
  /** Never true: the old key dies last. */
  deleteBeforeReplace: false;
}

/**
 * A value that a preview does not know yet counts as a change: the preview shows the replacement that the
 * run may bring.
 *
 * The engine also asks when another resource is to be deleted before it is replaced, without check and
 * with that resource's outputs unknown, and would then delete the key first. Such a question, and that of
 * a refresh, is answered by "no change", whatever else is due: the key's own registration decides.
 *
 * @param state the outputs of the last run
 * @param inputs the program's args; unknown values of a preview among them
 * @throws {VultrError} the key is to be replaced, and another resource of the program holds it as well, or
 *   the provider itself authenticates with it; or `adoptKeyId` names another key than this one's first
 */
export function diff(context: PreviewContext, state: KeyState, inputs: KeyInputs): DiffResult {
  const { memory, clock } = context;
  const identity = identityOf(inputs);
  if (!memory.isBeingRegistered(identity)) {
    memory.noteKnown(state.keyId);
    return { changes: false, replaces: [], deleteBeforeReplace: false };
  }
  const due = dueRotations(state, inputs, clock.now());
  const replaces = argNames.filter((arg) => effects[arg].replaces?.(state, inputs, due));
  const isToBeReplaced = replaces.length > 0;
  const changes =
    isToBeReplaced ||
    state.isUnproven === true ||
    // An update records the new URN: delete is handed outputs, and must know whose key it is.
    isRenamed(state, inputs) ||
    argNames.some((arg) => effects[arg].changes?.(state, inputs, due));
  // The engine may make any change a replacement: `replaceOnChanges: ["*"]` does it to an unproven key.
  memory.noteRecorded(identity, state, changes);
  refuseOtherAdoption(state, inputs);
  if (isToBeReplaced) refuseSelfRevoke(context, state, inputs);
  refuseSharedKey(context, state, inputs, isToBeReplaced);
  for (const { why } of due) context.notify(why);
  if (isToBeReplaced && replaces.every((arg) => containsUnknown(inputs[arg])))
    context.notify(undecidedNote(state, replaces));
  if (!isToBeReplaced && isExpired(state, clock.now())) context.notify(expiredNote(state, inputs));
  return { changes, replaces, deleteBeforeReplace: false };
}

/** Judged by state: of an imported key the last inputs may not say that it is borrowed. */
function refuseOtherAdoption(state: KeyState, { adoptKeyId }: KeyInputs): void {
  if (adoptKeyId === undefined || containsUnknown(adoptKeyId)) return;
  if (adoptKeyId === state.adoptKeyId) return;
  throw new VultrError({
    message: `could not adopt API key ${adoptKeyId}: adoptKeyId cannot be added to a key that is managed already, nor changed`,
    hint: "Remove adoptKeyId and adoptApiKey from this resource. If another key is meant, declare another resource for it.",
  });
}

/** Refused in the preview rather than at the end of the run, when the new key exists already. */
function refuseSelfRevoke(context: PreviewContext, state: KeyState, inputs: KeyInputs): void {
  const { apiKey } = context.settings();
  if (apiKey === undefined || state.apiKey !== apiKey) return;
  if (inputs.allowSelfRevoke === true || containsUnknown(inputs.allowSelfRevoke)) return;
  throw selfRevokeRefused(state.keyId);
}

/** A key that two resources hold stays, and people are told. */
function refuseSharedKey(
  { memory, notify }: PreviewContext,
  state: KeyState,
  inputs: KeyInputs,
  isToBeReplaced: boolean,
): void {
  const others = memory.holdersOf(state.keyId, inputs);
  if (others.length === 0) return;
  const held = `API key "${state.name}" (${state.keyId}): another resource of this program holds it too: ${identitiesOf(others)}`;
  const hint =
    "A key has one owner. Remove one of the two resources from the program; an adopted key stays as it is then.";
  if (isToBeReplaced) throw new VultrError({ message: `could not rotate ${held}`, hint });
  notify(`warning: two owners of ${held}. ${hint}`);
}

type Judgement = (state: KeyState, inputs: KeyInputs, due: readonly DueRotation[]) => boolean;

const isOther =
  (arg: Exclude<keyof DeclaredKey, "adoptApiKey">): Judgement =>
  (state, inputs) =>
    !isDeepStrictEqual(state[arg], inputs[arg]);

/** A value that a preview does not know may make the key due. */
const isDueBy =
  (arg: DueRotation["arg"]): Judgement =>
  (_state, inputs, due) =>
    containsUnknown(inputs[arg]) || due.some((each) => each.arg === arg);

/** For each arg: when it asks for a new key, and when a run without a new key has to record it. */
const effects: Record<keyof DeclaredKey, { replaces?: Judgement; changes?: Judgement }> = {
  userId: { replaces: (state, { userId }) => userId !== undefined && userId !== state.userId },
  userEmail: {
    // By e-mail now and by id before: whether that is the same user, only Vultr knows.
    replaces: (state, { userId, userEmail }) =>
      userId === undefined && !isSameAddress(userEmail, state.userEmail),
    changes: isOther("userEmail"),
  },
  // A name that is no longer given stays with this key, as automatic names do in Pulumi.
  name: { replaces: (state, { name }) => name !== undefined && name !== state.name },
  dateExpire: { replaces: (state, inputs) => otherExpiry(state, inputs) === "dateExpire" },
  expiresIn: {
    replaces: (state, inputs) => otherExpiry(state, inputs) === "expiresIn",
    changes: isOther("expiresIn"),
  },
  rotationTrigger: { replaces: isOther("rotationTrigger") },
  rotateAfter: { replaces: isDueBy("rotateAfter"), changes: isOther("rotateAfter") },
  rotateBeforeExpiry: {
    replaces: isDueBy("rotateBeforeExpiry"),
    changes: isOther("rotateBeforeExpiry"),
  },
  verify: { changes: isOther("verify") },
  // Another one is refused. One that is gone from the program leaves the key as it is.
  adoptKeyId: {},
  adoptApiKey: {
    // The plaintext of an adopted key is wanted only until it is known.
    changes: (state, { adoptApiKey }) =>
      adoptApiKey !== undefined && state.apiKey === undefined && isAdopted(state),
  },
  allowSelfRevoke: { changes: isOther("allowSelfRevoke") },
};

function otherExpiry(state: KeyState, inputs: KeyInputs): "dateExpire" | "expiresIn" | undefined {
  if (inputs.dateExpire !== undefined)
    return isSameTime(inputs.dateExpire, state.dateExpire) ? undefined : "dateExpire";
  if (isAdopted(state)) return undefined; // counted from creation, so it starts with the first key of ours
  if (inputs.expiresIn !== undefined)
    return isSameDuration(inputs.expiresIn, state.expiresIn) ? undefined : "expiresIn";
  if (state.dateExpire === undefined) return undefined;
  return state.expiresIn === undefined ? "dateExpire" : "expiresIn";
}

interface DueRotation {
  arg: "rotateAfter" | "rotateBeforeExpiry";
  why: string;
}

function dueRotations(state: KeyState, inputs: KeyInputs, nowMs: number): DueRotation[] {
  const due: DueRotation[] = [];
  const { rotateAfter, rotateBeforeExpiry } = inputs;
  // An import records no time: the update that adds rotateAfter does, and the age counts from there.
  const ageMs = state.createdAt === undefined ? 0 : nowMs - Date.parse(state.createdAt);
  if (isKnown(rotateAfter) && ageMs >= durationMs(rotateAfter)) {
    due.push({
      arg: "rotateAfter",
      why: `API key "${state.name}" is due for rotation: it is ${describeDuration(ageMs)} old, rotateAfter is ${rotateAfter}.`,
    });
  }
  const leftMs = state.dateExpire === undefined ? Infinity : Date.parse(state.dateExpire) - nowMs;
  if (isKnown(rotateBeforeExpiry) && leftMs <= durationMs(rotateBeforeExpiry)) {
    const when = leftMs > 0 ? `expires in ${describeDuration(leftMs)}` : "has expired";
    due.push({
      arg: "rotateBeforeExpiry",
      why: `API key "${state.name}" is due for rotation: it ${when}, rotateBeforeExpiry is ${rotateBeforeExpiry}.`,
    });
  }
  return due;
}

function isKnown(text: string | undefined): text is string {
  return text !== undefined && !containsUnknown(text);
}

function expiredNote(state: KeyState, inputs: KeyInputs): string {
  return `warning: API key "${state.name}" expired at ${state.dateExpire ?? ""} and nothing asks for a new one yet. ${renewAdvice(inputs)}`;
}

/** The preview shows a replacement that the run may not bring: only previews have unknown values. */
function undecidedNote(state: KeyState, args: readonly string[]): string {
  const what = `${args.join(" and ")} ${args.length === 1 ? "is" : "are"} not known yet`;
  return `note: the run decides whether API key "${state.name}" is rotated: ${what}.`;
}

function isSameTime(a: string, b: string | undefined): boolean {
  return b !== undefined && Math.floor(Date.parse(a) / 1_000) === Math.floor(Date.parse(b) / 1_000);
}

function isSameDuration(a: string, b: string | undefined): boolean {
  if (b === undefined || !isKnown(a)) return false;
  return durationMs(a) === durationMs(b);
}
