/**
 * Automatic names: `<resource>-<stack>-<random>`. A name says to a person at Vultr's console where a key
 * comes from. It proves nothing: anybody may give a key any name.
 */
import { stackNameOf } from "../urn";
import { type KeyInputs, longestName } from "./inputs";

const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
const randomLength = 8;

/** Where an automatic name says that a key comes from. */
export interface KeyOrigin {
  /** The resource's name in the program. */
  resourceName: string;
  /** The stack's name; undefined in a state of 0.1.0, whose names had no stack in them. */
  stack: string | undefined;
}

export function originOf({ resourceName = "", resourceUrn = "" }: KeyInputs): KeyOrigin {
  return { resourceName, stack: stackNameOf(resourceUrn) };
}

/** What keys of one resource are called. */
export interface KeyNaming extends KeyOrigin {
  /** The arg `name`; without it the names are automatic. */
  exactName: string | undefined;
}

/** @param random numbers in [0, 1) */
export function automaticName(origin: KeyOrigin, random: () => number): string {
  const pick = () => alphabet.charAt(Math.floor(random() * alphabet.length));
  return prefixOf(origin) + Array.from({ length: randomLength }, pick).join("");
}

/** Could `name` be an automatic name of this resource? */
export function isAutomaticName(name: string, origin: KeyOrigin): boolean {
  const prefix = prefixOf(origin);
  return name.startsWith(prefix) && ending.test(name.slice(prefix.length));
}

/** Is it this automatic name, however Vultr writes its beginning? Nobody else has chosen its random ending. */
export function isSameAutomaticName(listed: string, name: string): boolean {
  return listed.slice(-randomLength) === name.slice(-randomLength);
}

/** Could a key of this name be one of the resource, also of 0.1.0? Every run and the audit ask this. */
export function isNamedLike(name: string, { exactName, resourceName, stack }: KeyNaming): boolean {
  if (exactName !== undefined) return name === exactName;
  return [stack, undefined].some((of) => isAutomaticName(name, { resourceName, stack: of }));
}

/** Names of 0.1.0 may go on with the start of the id of the key before. */
const ending = new RegExp(`^[${alphabet}]{${randomLength}}(?:-after-[^-]{1,8})?$`);

/** Long or odd names are cut and cleaned, so that the whole stays a valid key name; the random part is never cut. */
function prefixOf({ resourceName, stack }: KeyOrigin): string {
  const room = longestName - randomLength - 1;
  const wanted = stack === undefined ? resourceName : `${resourceName}-${stack}`;
  // Half of a character, as a cut may leave it, is no valid text in a request.
  const clean = wanted
    .replace(/\p{Cc}/gu, "")
    .slice(0, room)
    .replace(/\p{Cs}/gu, "");
  return `${clean === "" ? "key" : clean}-`;
}
