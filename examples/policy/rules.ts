/**
 * What an organisation may ask of its keys, as plain functions: each returns what is wrong and what to
 * write instead, or undefined. No message ever holds a key.
 */
import { holds, holdsInPlain, type SentResource, unmarked } from "./secret-marks";

/** A key of a Node program, and one that the plugin made for any language. */
export const keyTypes: readonly string[] = [
  "pulumi-nodejs:dynamic/vultr:UserApiKey",
  "vultr-user-api-key:index:VultrUserApiKey",
];
export const ringType = "vultr:index:UserApiKeyRing";
export const stackType = "pulumi:pulumi:Stack";

const dayMs = 86_400_000;
const unitsMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: dayMs,
  w: 7 * dayMs,
};

/** Args of a key as a program wrote them. */
export interface KeyArgs {
  expiresIn?: string;
  dateExpire?: string;
  rotationTrigger?: unknown;
  rotateAfter?: string;
  rotateBeforeExpiry?: string;
  verify?: boolean;
}

/** A key expires, and not later than in `maxDays` days. An expiry that has passed is none too late. */
export function expiryProblem(
  { expiresIn, dateExpire }: KeyArgs,
  maxDays: number,
  now: number,
): string | undefined {
  const example = `write expiresIn: "${String(maxDays)}d" or less`;
  if (expiresIn === undefined && dateExpire === undefined)
    return `The key never expires: ${example}.`;
  const livesMs =
    expiresIn === undefined ? Date.parse(dateExpire ?? "") - now : durationMs(expiresIn);
  if (Number.isNaN(livesMs)) return `The key's expiry cannot be read: ${example}.`;
  if (livesMs <= maxDays * dayMs) return undefined;
  const days = Math.round((livesMs / dayMs) * 10) / 10;
  return `The key lives ${String(days)} days, and ${String(maxDays)} are allowed: ${example}.`;
}

/** Something says when the key is rotated. Values are not looked at: they may be unknown in a preview. */
export function rotationProblem(key: KeyArgs): string | undefined {
  if ("rotationTrigger" in key || "rotateAfter" in key || "rotateBeforeExpiry" in key)
    return undefined;
  return "Nothing rotates the key: write rotationTrigger, rotateAfter or rotateBeforeExpiry.";
}

/** A new key must authenticate before the old one dies. */
export function verifyProblem({ verify }: KeyArgs): string | undefined {
  return verify === false
    ? "The key is not proven before its predecessor is revoked: remove verify: false."
    : undefined;
}

/** The plaintexts that are known: in a preview, those of keys that exist and stay as they are. */
export function plaintextsOf(resources: readonly SentResource[]): string[] {
  return resources.flatMap(({ type, props: { apiKey } }) => {
    const plaintext = keyTypes.includes(type) ? unmarked(apiKey) : undefined;
    return typeof plaintext === "string" && plaintext !== "" ? [plaintext] : [];
  });
}

/** A plaintext is nowhere but inside secrets: not in the stack's outputs, nor in a resource's. */
export function plaintextProblem(
  props: SentResource["props"],
  plaintexts: readonly string[],
): string | undefined {
  const names = Object.keys(props).filter((name) => holdsInPlain(props[name], plaintexts));
  if (names.length === 0) return undefined;
  return (
    `The plaintext of a key stands here unencrypted, as ${names.join(", ")}: leave it the secret that it is. ` +
    "If a run has written it already, rotate the key too, because the history of the state keeps it."
  );
}

/** Outputs of a stack are what other stacks can read; they go on with an old value until their own next run. */
export function crossStackProblem(
  outputs: SentResource["props"],
  resources: readonly SentResource[],
): string | undefined {
  const rings = resources.filter(({ type }) => type === ringType).map(({ urn }) => urn);
  const single = resources.filter(
    ({ type, parent }) => keyTypes.includes(type) && !rings.includes(parent),
  );
  const exported = single.flatMap((key) => {
    const plaintexts = plaintextsOf([key]);
    const names = Object.keys(outputs).filter((name) => holds(outputs[name], plaintexts));
    return names.map((name) => `${name} (of "${nameIn(key.urn)}")`);
  });
  if (exported.length === 0) return undefined;
  return (
    `The stack exports a key that is not of a ring: ${exported.join(", ")}. A stack that reads it holds a dead key ` +
    "from the rotation until its own next run: add a VultrUserApiKeyRing beside it, export that, let the other stacks " +
    "take it, then remove this key; or export no key. Where there is no such class, two keys that are rotated in turn " +
    "do the same, and are still named here."
  );
}

/** The name that a resource has in its program. */
export function nameIn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** A red run is better than a rule that no longer looks. */
export const unheardProblem =
  "The pack cannot see what is encrypted: @pulumi/policy has a @pulumi/pulumi of its own. " +
  "Run npm dedupe in the folder of the pack.";

/** Each key of a ring is valid, so a long ring is a large target. */
export function ringProblem(keys: number, maxKeys: number): string | undefined {
  return keys <= maxKeys
    ? undefined
    : `The ring has ${String(keys)} keys, and ${String(maxKeys)} are allowed: keepPrevious may be ${String(maxKeys - 1)}. ` +
        "To change it may replace every key in one run: add a ring that has it, let consumers take that, then remove this one.";
}

/** Milliseconds of a duration such as `"90d"` or `"1d 12h"`; NaN for anything else. */
function durationMs(text: string): number {
  if (!/^\s*(\d+[smhdw]\s*)+$/.test(text)) return Number.NaN;
  return [...text.matchAll(/(\d+)([smhdw])/g)].reduce(
    (total, [, count, unit = ""]) => total + Number(count) * (unitsMs[unit] ?? Number.NaN),
    0,
  );
}
