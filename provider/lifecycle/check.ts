/** Pulumi's check: says what is wrong before anything happens, and never throws. Sends nothing. */
import { settingsProblems } from "../settings";
import type { PreviewContext } from "../keys/context";
import { oneLine } from "../vultr/redact";
import { parseDuration } from "../keys/duration";
import { argNames, inputProblem, isInputName } from "../keys/inputs";
import { notAnArg } from "../nearest-name";
import { identitiesOf, identityOf, type RunMemory } from "../keys/run-memory";
import { containsUnknown, type Properties, withSecret } from "../keys/engine-values";

/** A mistake, worded for the person who wrote the program. */
export interface CheckFailure {
  /** Always empty: the engine would print the property's value, which may be secret. The reason names it. */
  property: "";
  /** Names the arg, and says what to write instead; never a value. */
  reason: string;
}

/** What check hands to the engine. */
export interface CheckResult {
  /** The program's args as they came; `adoptApiKey` marked secret, whatever a transform did to its mark. */
  inputs: Properties;
  /** Empty where nothing is wrong. */
  failures: CheckFailure[];
}

/**
 * @param olds the inputs of the last run; empty for a new key, and in the second check of a replacement
 * @param news the program's args; unknown values pass as they are
 */
export function check(context: PreviewContext, olds: Properties, news: Properties): CheckResult {
  const { memory, clock } = context;
  const { __provider: _, ...args } = news;
  const reasons = [
    ...settingsProblems(context.settings()),
    ...identityProblems(olds, args, memory),
    ...shapeProblems(args),
    ...ownerProblems(args),
    ...expiryProblems(olds, args, clock.now()),
    ...rotationProblems(args),
    ...adoptionProblems(args, memory),
  ];
  if (reasons.length > 0) memory.noteFailure();
  return {
    inputs: withSecret(news, "adoptApiKey"),
    failures: reasons.map((reason) => ({ property: "", reason: oneLine(reason) })),
  };
}

/** A resource is known by a hidden input. Without it, or with another's, no rule could tell whose key dies. */
function identityProblems(olds: Properties, args: Properties, memory: RunMemory): string[] {
  const isOfOldVersion = isKnown(olds) && !isGiven(olds["resourceUrn"]);
  const identity: unknown = identityOf(args); // a transform may make anything of it
  const hasIdentity = identity !== "" && (isGiven(args["resourceUrn"]) || isOfOldVersion);
  if (!hasIdentity)
    return [
      "the hidden input resourceUrn is missing: a transform has dropped it; let the transform return all props that it does not change",
    ];
  if (memory.noteDeclared(args, isKnown(olds))) return [];
  return [
    `another resource of this program has the hidden input resourceUrn ${oneLine(String(identity))} too: ` +
      'ignoreChanges: ["*"] keeps it from the time before a rename; name the args to ignore instead of "*"',
  ];
}

const isKnown = (olds: Properties): boolean => Object.keys(olds).length > 0;

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** What a preview does not know yet may come out as not given. */
const isSurelyGiven = (value: unknown): boolean => isGiven(value) && !containsUnknown(value);

function shapeProblems(args: Properties): string[] {
  return Object.entries(args).flatMap(([name, value]) => {
    if (!isInputName(name)) return [notAnArg(name, argNames)];
    if (containsUnknown(value)) return [];
    const problem = inputProblem(name, value);
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });
}

function ownerProblems(args: Properties): string[] {
  const { userId, userEmail } = args;
  if (isSurelyGiven(userId) && isSurelyGiven(userEmail))
    return ["userId and userEmail are both given: keep one"];
  if (isGiven(userId) || isGiven(userEmail)) return [];
  return ["userId or userEmail is missing: say whose key this is with one of them"];
}

function expiryProblems(olds: Properties, args: Properties, nowMs: number): string[] {
  const { dateExpire, expiresIn } = args;
  if (isSurelyGiven(dateExpire) && isSurelyGiven(expiresIn))
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
  if (isSurelyGiven(dateExpire))
    return [
      "rotateBeforeExpiry needs expiresIn rather than dateExpire: every new key would expire at that same time again",
    ];
  if (typeof rotateBeforeExpiry !== "string" || typeof expiresIn !== "string") return [];
  const [early, whole] = [parseDuration(rotateBeforeExpiry), parseDuration(expiresIn)];
  if ("problem" in early || "problem" in whole || early.ms < whole.ms) return [];
  return ["rotateBeforeExpiry must be shorter than expiresIn: a new key would be due at once"];
}

function adoptionProblems(args: Properties, memory: RunMemory): string[] {
  const { adoptKeyId, adoptApiKey } = args;
  if (isGiven(adoptApiKey) && !isGiven(adoptKeyId))
    return ["adoptApiKey needs adoptKeyId, the id of that key"];
  if (typeof adoptKeyId !== "string" || containsUnknown(adoptKeyId)) return [];
  const others = memory.holdersOf(adoptKeyId, args);
  const isNew = memory.resource(identityOf(args))?.isKnownToEngine !== true;
  if (others.length === 0 || (!isNew && others.every((other) => other.isKnownToEngine))) return [];
  return [
    `adoptKeyId ${adoptKeyId} is the key of another resource of this program (${identitiesOf(others)}): a key has one owner; remove one of the two`,
  ];
}
