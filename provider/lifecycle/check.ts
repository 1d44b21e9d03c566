/** Pulumi's check: says what is wrong before anything happens, and never throws. Sends nothing. */
import { settingsProblems, type RawSettings } from "../config";
import { isApiKeyShaped } from "../vultr/redact";
import { parseDuration } from "./duration";
import { argNames, inputProblem, isInputName } from "./inputs";
import type { RunMemory } from "./run-memory";
import { containsUnknown } from "./unknown";

/** A mistake, worded for the person who wrote the program. */
export interface CheckFailure {
  /** Always empty: the engine would print the property's value, which may be secret. The reason names it. */
  property: "";
  /** Names the arg, and says what to write instead; never a value. */
  reason: string;
}

/** What check hands to the engine. */
export interface CheckResult {
  /** The program's args as they came. */
  inputs: Record<string, unknown>;
  /** Empty where nothing is wrong. */
  failures: CheckFailure[];
}

/** What check needs to know beside the args. */
export interface CheckContext {
  settings: RawSettings;
  memory: RunMemory;
  /** Milliseconds since the epoch. */
  nowMs: number;
}

type Properties = Record<string, unknown>;

/**
 * @param olds the inputs of the last run; empty for a new key, and in the second check of a replacement
 * @param news the program's args; unknown values pass as they are
 */
export function check(olds: Properties, news: Properties, context: CheckContext): CheckResult {
  const { __provider: _, ...args } = news;
  if (Object.keys(olds).length > 0) context.memory.noteExisting(args);
  const reasons = [
    ...settingsProblems(context.settings),
    ...shapeProblems(args),
    ...ownerProblems(args),
    ...expiryProblems(olds, args, context.nowMs),
    ...rotationProblems(args),
    ...adoptionProblems(olds, args),
  ];
  return { inputs: news, failures: reasons.map((reason) => ({ property: "", reason })) };
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

function shapeProblems(args: Properties): string[] {
  return Object.entries(args).flatMap(([name, value]) => {
    if (!isInputName(name))
      return [
        `${shown(name)} is not an arg of a Vultr API key; the args are ${argNames.join(", ")}`,
      ];
    if (containsUnknown(value)) return [];
    const problem = inputProblem(name, value);
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });
}

/** A property's name as it is safe to print: short, one line, no key pasted in the wrong place. */
function shown(name: string): string {
  if (isApiKeyShaped(name)) return "a property named like an API key";
  const line = name.replace(/\p{Cc}/gu, " ");
  return `"${line.length > 60 ? `${line.slice(0, 60)}…` : line}"`;
}

function ownerProblems(args: Properties): string[] {
  const { userId, userEmail } = args;
  if (isGiven(userId) && isGiven(userEmail))
    return ["userId and userEmail are both given: keep one"];
  if (isGiven(userId) || isGiven(userEmail)) return [];
  return ["userId or userEmail is missing: say whose key this is with one of them"];
}

function expiryProblems(olds: Properties, args: Properties, nowMs: number): string[] {
  const { dateExpire, expiresIn } = args;
  if (isGiven(dateExpire) && isGiven(expiresIn))
    return ["dateExpire and expiresIn are both given: keep one"];
  // A key that has meanwhile expired under an unchanged program is not a mistake in the program.
  if (typeof dateExpire !== "string" || dateExpire === olds["dateExpire"]) return [];
  if (!(Date.parse(dateExpire) <= nowMs)) return [];
  return ["dateExpire is in the past: write a time to come, or a duration in expiresIn"];
}

function rotationProblems(args: Properties): string[] {
  const { rotateBeforeExpiry, expiresIn, dateExpire } = args;
  if (!isGiven(rotateBeforeExpiry)) return [];
  if (!isGiven(expiresIn) && !isGiven(dateExpire))
    return ["rotateBeforeExpiry needs an expiry: add expiresIn, such as 90d"];
  if (isGiven(dateExpire))
    return [
      "rotateBeforeExpiry needs expiresIn rather than dateExpire: every new key would expire at that same time again",
    ];
  const [early, whole] = [rotateBeforeExpiry, expiresIn].map((text) =>
    typeof text === "string" ? parseDuration(text) : { problem: "" },
  );
  if (early === undefined || whole === undefined || "problem" in early || "problem" in whole)
    return [];
  if (early.ms < whole.ms) return [];
  return ["rotateBeforeExpiry must be shorter than expiresIn: a new key would be due at once"];
}

function adoptionProblems(olds: Properties, args: Properties): string[] {
  const { adoptKeyId, adoptApiKey } = args;
  if (isGiven(adoptApiKey) && !isGiven(adoptKeyId))
    return ["adoptApiKey needs adoptKeyId, the id of that key"];
  const exists = Object.keys(olds).length > 0;
  if (!exists || !isGiven(adoptKeyId) || olds["adoptKeyId"] === adoptKeyId) return [];
  return [
    "adoptKeyId cannot be added to a key that is managed already, nor changed: declare another resource for the other key",
  ];
}
