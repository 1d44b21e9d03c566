/**
 * Automatic names: `<resource>-<random>`, and `<resource>-<random>-after-<old id>` for a key that
 * replaces another. The ending tells, in any listing, which key it was made to succeed; so a key
 * that an interrupted run left behind can be recognised.
 */
import { longestName } from "./inputs";

const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
const randomLength = 8;
const idLength = 8;

/** @param random numbers in [0, 1) */
export function automaticName(
  resourceName: string,
  predecessorId: string | undefined,
  random: () => number,
): string {
  const pick = () => alphabet.charAt(Math.floor(random() * alphabet.length));
  const chance = Array.from({ length: randomLength }, pick).join("");
  const after = predecessorId === undefined ? "" : `-after-${predecessorId.slice(0, idLength)}`;
  return `${prefixOf(resourceName)}${chance}${after}`;
}

/** Could `name` be an automatic name of this resource? */
export function isAutomaticName(name: string, resourceName: string): boolean {
  return endingOf(name, resourceName) !== null;
}

/** Was `name` given to a successor of the key `predecessorId` in this resource? */
export function isSuccessorName(
  name: string,
  resourceName: string,
  predecessorId: string,
): boolean {
  return predecessorOfName(name, resourceName) === predecessorId.slice(0, idLength);
}

/** The start of the id of the key that `name` says it succeeds, if it is such a name of this resource. */
export function predecessorOfName(name: string, resourceName: string): string | undefined {
  return endingOf(name, resourceName)?.[1];
}

/** What follows the resource's name in an automatic name; null where `name` is none. */
function endingOf(name: string, resourceName: string): RegExpExecArray | null {
  const prefix = prefixOf(resourceName);
  return name.startsWith(prefix) ? ending.exec(name.slice(prefix.length)) : null;
}

const ending = new RegExp(`^[${alphabet}]{${randomLength}}(?:-after-([^-]{1,${idLength}}))?$`);

/** Long or odd resource names are cut and cleaned, so that the whole stays a valid key name. */
function prefixOf(resourceName: string): string {
  const room = longestName - randomLength - "-after-".length - idLength - 1;
  const clean = resourceName.replace(/[\p{Cc}]/gu, "").slice(0, room);
  return `${clean === "" ? "key" : clean}-`;
}
