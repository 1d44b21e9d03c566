/** Pulumi's diff: what a run would do, from the last state and the new args alone. Pure but for its notes. */
import { isDeepStrictEqual } from "node:util";

import { describeDuration, durationMs } from "./duration";
import type { KeyInputs } from "./inputs";
import type { KeyState } from "./state";
import { containsUnknown } from "./unknown";

/** What diff hands to the engine. */
export interface DiffResult {
  /** Is there anything to do or to record? */
  changes: boolean;
  /** The args that make a new key necessary. Not empty means: replace, new key first. */
  replaces: string[];
  /** Never true: the old key dies last. */
  deleteBeforeReplace: false;
}

/** The same, and what to tell people. */
export interface KeyDiff extends DiffResult {
  /** What people should read in the preview: why a key is due, or that it is past its time. */
  notes: string[];
}

/**
 * @param state the outputs of the last run
 * @param inputs the program's args; unknown values of a preview among them
 * @param nowMs milliseconds since the epoch
 */
export function diff(state: KeyState, inputs: KeyInputs, nowMs: number): KeyDiff {
  const due = dueRotations(state, inputs, nowMs);
  const replaces = [
    ...(isOtherOwner(state, inputs)
      ? [inputs.userEmail === undefined ? "userId" : "userEmail"]
      : []),
    ...(isOtherName(state, inputs) ? ["name"] : []),
    ...otherExpiry(state, inputs),
    ...(isTriggered(state, inputs) ? ["rotationTrigger"] : []),
    ...due.map((rotation) => rotation.arg),
  ];
  const notes = due.map((rotation) => rotation.why);
  if (replaces.length === 0 && isExpired(state, nowMs)) notes.push(expiredNote(state));
  const changes =
    replaces.length > 0 || keptInPlace.some((arg) => isOtherValue(state, inputs, arg));
  return { changes, replaces, deleteBeforeReplace: false, notes };
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

function isOtherOwner(state: KeyState, inputs: KeyInputs): boolean {
  if (inputs.userId !== undefined) return inputs.userId !== state.userId;
  // By e-mail where it was by id: whether that is the same user, only Vultr knows.
  return inputs.userEmail?.toLowerCase() !== state.userEmail?.toLowerCase();
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

/** A trigger that a preview does not know yet is no change by itself. */
function isTriggered(state: KeyState, inputs: KeyInputs): boolean {
  if (containsUnknown(inputs.rotationTrigger)) return false;
  return !isDeepStrictEqual(inputs.rotationTrigger, state.rotationTrigger);
}

interface DueRotation {
  arg: "rotateAfter" | "rotateBeforeExpiry";
  why: string;
}

function dueRotations(state: KeyState, inputs: KeyInputs, nowMs: number): DueRotation[] {
  const due: DueRotation[] = [];
  const { rotateAfter, rotateBeforeExpiry } = inputs;
  const ageMs = nowMs - Date.parse(state.createdAt);
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

function expiredNote(state: KeyState): string {
  return (
    `warning: API key "${state.name}" expired at ${state.dateExpire ?? ""} and nothing asks for a new one. ` +
    "Bump rotationTrigger, or set expiresIn with rotateBeforeExpiry."
  );
}

/** The key is one that was taken over and has not been rotated since. */
function isAdopted(state: KeyState): boolean {
  return state.adoptKeyId === state.keyId;
}

function isSameTime(a: string, b: string | undefined): boolean {
  return b !== undefined && Math.floor(Date.parse(a) / 1_000) === Math.floor(Date.parse(b) / 1_000);
}

function isSameDuration(a: string, b: string | undefined): boolean {
  if (b === undefined || !isKnown(a)) return false;
  return durationMs(a) === durationMs(b);
}
