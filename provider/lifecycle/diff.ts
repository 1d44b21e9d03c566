/** Pulumi's diff: what a run would do, from the last state and the new args. Sends nothing. */
import { isDeepStrictEqual } from "node:util";

import { describeDuration, durationMs } from "../keys/duration";
import type { KeyInputs } from "../keys/inputs";
import { isSameAddress } from "../keys/owner";
import { VultrError } from "../vultr/errors";
import type { PreviewContext } from "../keys/context";
import { selfRevokeRefused } from "../keys/may-revoke";
import { identityOf, namesOf, otherThan } from "../keys/run-memory";
import { isAdopted, type KeyState } from "../keys/state";
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
 *   the provider itself authenticates with it
 */
export function diff(context: PreviewContext, state: KeyState, inputs: KeyInputs): DiffResult {
  const { memory, clock } = context;
  const identity = identityOf(inputs) ?? "";
  if (memory.resource(identity) === undefined) {
    memory.noteKnown(state.keyId);
    return { changes: false, replaces: [], deleteBeforeReplace: false };
  }
  const due = dueRotations(state, inputs, clock.now());
  const replaces = replacingArgs(state, inputs, due);
  const isToBeReplaced = replaces.length > 0;
  const changes =
    isToBeReplaced ||
    state.isUnproven === true ||
    isRenamed(state, inputs) ||
    keptInPlace.some((arg) => isOtherValue(state, inputs, arg));
  // The engine may make any change a replacement: `replaceOnChanges: ["*"]` does it to an unproven key.
  memory.noteRecorded(identity, state, changes);
  if (isToBeReplaced) refuseSelfRevoke(context, state, inputs);
  refuseSharedKey(context, state, inputs, isToBeReplaced);
  for (const { why } of due) context.notify(why);
  const isUnknown = (arg: string) => containsUnknown({ ...inputs }[arg]);
  if (isToBeReplaced && replaces.every(isUnknown)) context.notify(undecidedNote(state, replaces));
  if (!isToBeReplaced && isExpired(state, clock.now())) context.notify(expiredNote(state, inputs));
  return { changes, replaces, deleteBeforeReplace: false };
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
  const others = memory.holdersOf(state.keyId).filter(otherThan(inputs));
  if (others.length === 0) return;
  const refusal = new VultrError({
    message: `could not rotate API key "${state.name}" (${state.keyId}): another resource of this program holds it too: ${namesOf(others)}`,
    hint: "A key has one owner. Remove one of the two resources from the program; an adopted key stays as it is then.",
  });
  if (isToBeReplaced) throw refusal;
  notify(`warning: ${refusal.message}. ${refusal.hint}`);
}

function replacingArgs(state: KeyState, inputs: KeyInputs, due: readonly DueRotation[]): string[] {
  const { userEmail, rotationTrigger } = inputs;
  return [
    ...(isOtherOwner(state, inputs) ? [userEmail === undefined ? "userId" : "userEmail"] : []),
    ...(isOtherName(state, inputs) ? ["name"] : []),
    ...otherExpiry(state, inputs),
    ...(isDeepStrictEqual(rotationTrigger, state.rotationTrigger) ? [] : ["rotationTrigger"]),
    ...(["rotateAfter", "rotateBeforeExpiry"] as const).filter((arg) =>
      containsUnknown(inputs[arg]),
    ),
    ...due.map(({ arg }) => arg),
  ];
}

/** Args whose change is only recorded. Owner and expiry are here for the changes that keep the key. */
const keptInPlace = [
  "userEmail",
  "expiresIn",
  "rotateAfter",
  "rotateBeforeExpiry",
  "verify",
  "allowSelfRevoke",
  "adoptApiKey",
] as const;

function isOtherValue(
  state: KeyState,
  inputs: KeyInputs,
  arg: (typeof keptInPlace)[number],
): boolean {
  // The plaintext of an adopted key is wanted only until it is known.
  if (arg === "adoptApiKey")
    return inputs.adoptApiKey !== undefined && state.apiKey === undefined && isAdopted(state);
  return !isDeepStrictEqual(state[arg], inputs[arg]);
}

/** After an alias rename an update records the new URN: delete is handed outputs, and must know whose key it is. */
function isRenamed(state: KeyState, inputs: KeyInputs): boolean {
  return state.resourceUrn !== undefined && state.resourceUrn !== inputs.resourceUrn;
}

function isOtherOwner(state: KeyState, inputs: KeyInputs): boolean {
  if (inputs.userId !== undefined) return inputs.userId !== state.userId;
  // By e-mail where it was by id: whether that is the same user, only Vultr knows.
  return !isSameAddress(inputs.userEmail, state.userEmail);
}

/** A name that is no longer given stays with this key, as automatic names do in Pulumi. */
function isOtherName(state: KeyState, inputs: KeyInputs): boolean {
  return inputs.name !== undefined && inputs.name !== state.name;
}

function otherExpiry(state: KeyState, inputs: KeyInputs): string[] {
  if (inputs.dateExpire !== undefined)
    return isSameTime(inputs.dateExpire, state.dateExpire) ? [] : ["dateExpire"];
  if (inputs.expiresIn !== undefined) {
    if (isAdopted(state)) return []; // counted from creation, so it starts with the first key of ours
    return isSameDuration(inputs.expiresIn, state.expiresIn) ? [] : ["expiresIn"];
  }
  if (state.dateExpire === undefined || isAdopted(state)) return [];
  return [state.expiresIn === undefined ? "dateExpire" : "expiresIn"];
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
    const when = leftMs > 0 ? `expires in ${describeDuration(leftMs)}` : `has expired`;
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

function isExpired(state: KeyState, nowMs: number): boolean {
  return state.dateExpire !== undefined && Date.parse(state.dateExpire) <= nowMs;
}

function expiredNote(state: KeyState, { dateExpire }: KeyInputs): string {
  // With a dateExpire that is over no new key could be made.
  const advice =
    dateExpire === undefined
      ? "Change rotationTrigger, or set expiresIn with rotateBeforeExpiry."
      : "Write a later dateExpire; or in its place expiresIn with rotateBeforeExpiry.";
  return `warning: API key "${state.name}" expired at ${state.dateExpire ?? ""} and nothing asks for a new one. ${advice}`;
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
