/** Why something happens to a key: which arg asked for it, and from what to what it went. */
import { isDeepStrictEqual } from "node:util";

import type { KeyStory } from "./key-stories";
import { code } from "./markdown";
import { ringStepOf } from "./rings";
import {
  containsUnknown,
  day,
  isGiven,
  secretMark,
  shortId,
  transition,
  unknownValue,
} from "./values";

/** The only args that are ever shown, in this order. A plaintext is shown as `[secret]`, always. */
const shownArgs = [
  "rotationTrigger",
  "rotateAfter",
  "rotateBeforeExpiry",
  "userEmail",
  "userId",
  "name",
  "dateExpire",
  "expiresIn",
  "verify",
  "allowSelfRevoke",
  "adoptKeyId",
  "adoptApiKey",
] as const;

type ShownArg = (typeof shownArgs)[number];

/**
 * @param all every key of the preview: a ring's slots explain each other
 * @param isDestroy the preview is of `pulumi destroy`
 */
export function reasonsOf(story: KeyStory, all: readonly KeyStory[], isDestroy: boolean): string[] {
  switch (story.event) {
    case "created":
      return [creation(story), ...unproven(story)];
    case "adopted":
      return [`takes over key ${id(newInput(story, "adoptKeyId"))} as it is`];
    case "revoked":
    case "released":
      return [isDestroy ? "the stack is destroyed" : "removed from the program"];
    case "rotated":
      return [...replacement(story, all), ...unproven(story)];
    case "changed":
      return inPlace(story);
    case "open":
      return open(story, all);
    case "kept":
    case "read":
      return [];
  }
}

/** A trigger that is not known yet shows nothing by its old value. */
function open(story: KeyStory, all: readonly KeyStory[]): string[] {
  if (story.replaceReasons.some((reason) => reason !== "rotationTrigger"))
    return replacement(story, all);
  return ["`rotationTrigger` is known only then: another value rotates the key"];
}

function creation(story: KeyStory): string {
  if (story.isMissing) return "its recorded key is no longer at Vultr";
  const generation = newInput(story, "rotationTrigger");
  if (story.ring === undefined || !isGiven(generation)) return "new in the program";
  return `generation ${code(JSON.stringify(generation))} of the ring`;
}

function unproven(story: KeyStory): string[] {
  const isOff = newInput(story, "verify") === false;
  return isOff ? ["`verify` is off, so the new key is not proven"] : [];
}

function replacement(story: KeyStory, all: readonly KeyStory[]): string[] {
  const asked = new Set(story.replaceReasons);
  const isOtherOwner = asked.has("userEmail") || asked.has("userId");
  const told = shownArgs.flatMap((arg) => {
    if (asked.has(arg)) return [replacing(story, arg, all)];
    if (isOtherOwner && (arg === "userEmail" || arg === "userId")) return [];
    return isOther(story, arg) ? [change(story, arg)] : [];
  });
  const isByArg = shownArgs.some((arg) => asked.has(arg));
  return isByArg ? told : [...unasked(story), ...told];
}

/** The engine replaces also where no arg asks for it. */
function unasked({ old, replaceReasons }: KeyStory): string[] {
  if (old?.taint === true) return ["marked by `pulumi state taint`"];
  const others = replaceReasons.filter((reason) => reason !== "id").sort();
  if (others.length > 0) return [`${others.map((reason) => code(reason)).join(", ")} changed`];
  return ["no arg asks for it: `--replace` or a resource option does"];
}

function replacing(story: KeyStory, arg: ShownArg, all: readonly KeyStory[]): string {
  if (arg === "rotateAfter") return `${made(story)}, and \`rotateAfter\` is ${age(story, arg)}`;
  if (arg === "rotateBeforeExpiry")
    return `expires on ${day(oldValue(story, "dateExpire"))}, and \`rotateBeforeExpiry\` is ${age(story, arg)}`;
  if (arg === "userEmail" || arg === "userId") return `owner: ${transition(...owners(story))}`;
  return arg === "rotationTrigger" ? trigger(story, all) : change(story, arg);
}

function trigger(story: KeyStory, all: readonly KeyStory[]): string {
  const [from, to] = [oldValue(story, "rotationTrigger"), newInput(story, "rotationTrigger")];
  const isGeneration = story.ring !== undefined && [from, to].every(Number.isSafeInteger);
  if (!isGeneration) return `\`rotationTrigger\`: ${transition(from, to)}`;
  const generations = `generation ${String(from)} → ${String(to)}`;
  return ringStepOf(story, all) === undefined
    ? generations
    : `${generations}: this slot held the oldest key`;
}

function made({ old }: KeyStory): string {
  const { adoptKeyId, keyId, createdAt } = old?.outputs ?? {};
  const isAdopted = isGiven(adoptKeyId) && adoptKeyId === keyId;
  return `${isAdopted ? "adopted" : "made"} on ${day(createdAt)}`;
}

function age(story: KeyStory, arg: ShownArg): string {
  const duration = newInput(story, arg);
  return code(typeof duration === "string" ? duration : secretMark);
}

/** By e-mail address where the program says so, else by id. */
function owners(story: KeyStory): [unknown, unknown] {
  const { userEmail, userId } = story.new?.inputs ?? {};
  const old = isGiven(userEmail)
    ? (oldValue(story, "userEmail") ?? oldValue(story, "userId"))
    : oldValue(story, "userId");
  const brief = (value: unknown) =>
    typeof value === "string" && value !== unknownValue ? shortId(value) : value;
  return [brief(old), brief(isGiven(userEmail) ? userEmail : userId)];
}

function inPlace(story: KeyStory): string[] {
  const changes = shownArgs.filter((arg) => isOther(story, arg)).map((arg) => change(story, arg));
  if ((story.old?.initErrors ?? []).length > 0)
    changes.push("an earlier run could not prove the key: this one tries again");
  return changes.length > 0 ? changes : ["its record is brought up to date"];
}

/** Do the program's args of the last run and of this one differ? */
function isOther({ old, new: next }: KeyStory, arg: ShownArg): boolean {
  return !isDeepStrictEqual(old?.inputs?.[arg] ?? undefined, next?.inputs?.[arg] ?? undefined);
}

function change(story: KeyStory, arg: ShownArg): string {
  const [from, to] = [oldValue(story, arg), newInput(story, arg)];
  if (arg === "adoptApiKey") return `\`adoptApiKey\`: ${transition(hidden(from), hidden(to))}`;
  if (arg !== "dateExpire") return `\`${arg}\`: ${transition(from, to)}`;
  return `\`dateExpire\`: ${isGiven(from) ? day(from) : "not set"} → ${isGiven(to) ? nextDay(to) : "not set"}`;
}

function nextDay(value: unknown): string {
  return containsUnknown(value) ? "known only during `pulumi up`" : day(value);
}

function hidden(value: unknown): unknown {
  return isGiven(value) ? secretMark : value;
}

/** What Vultr has, where it has it; the args leave out a name that was given automatically. */
function oldValue({ old }: KeyStory, arg: ShownArg): unknown {
  return old?.outputs?.[arg] ?? old?.inputs?.[arg];
}

function newInput(story: KeyStory, arg: ShownArg): unknown {
  return story.new?.inputs?.[arg];
}

function id(value: unknown): string {
  if (containsUnknown(value)) return "(known only during `pulumi up`)";
  return code(typeof value === "string" ? value : secretMark);
}
