/**
 * Every arg of a key, once: its type, its documentation, its limits, and what to write instead if it is
 * wrong. Plain rules, without zod: every preview checks, and loading zod takes longer than all else it does.
 */
import { parseDuration } from "./duration";

/** Longest name in characters: beyond it Vultr is said to cut. */
export const longestName = 128;

/** A value of JSON: what a rotation trigger may be. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** What a program says of a key. */
export interface DeclaredKey {
  /** The Vultr user who will own the key, by id: a UUID. Changing it replaces the key. */
  userId?: string | undefined;
  /**
   * The Vultr user who will own the key, by e-mail address; looked up among all users when the key
   * is made. No match and several matches are errors. Changing it replaces the key.
   */
  userEmail?: string | undefined;
  /**
   * The key's exact name at Vultr, at most 128 characters, with no line breaks. Changing it replaces
   * the key; removing it keeps this key's name.
   *
   * @default `<resource name>-<stack name>-<random>`, fresh for each key; it tells people where the key comes from
   */
  name?: string | undefined;
  /**
   * When the key expires: an RFC 3339 time in the future, such as `"2031-06-30T00:00:00Z"`. Changing
   * it replaces the key. Not together with `expiresIn`.
   *
   * @default the key never expires
   */
  dateExpire?: string | undefined;
  /**
   * How long the key lives, counted from its creation: a number and a unit of `s`, `m`, `h`, `d` or
   * `w`, such as `"90d"` or `"1d 12h"`, a hundred years at most. Changing it replaces the key. Not
   * together with `dateExpire`.
   *
   * @default the key never expires
   */
  expiresIn?: string | undefined;
  /**
   * Any JSON value. Changing it replaces the key: a new one is made, dependents are updated, and the
   * old one is revoked last. A value that a preview does not know yet counts as a change there.
   *
   * @default nothing but its other args replaces the key
   */
  rotationTrigger?: Json | undefined;
  /**
   * A duration, such as `"30d"`: the first run in which the key is this old replaces it; the preview
   * says why. Counted from `createdAt`. Write less than `expiresIn`: a key that expires before it is due stays
   * dead until then. Changing it keeps the key, unless it is due.
   *
   * @default age replaces no key
   */
  rotateAfter?: string | undefined;
  /**
   * A duration, such as `"14d"`: the first run this close to the key's expiry replaces it; the preview
   * says why. Needs `expiresIn`, and must be shorter. Changing it keeps the key, unless it is due.
   *
   * @default no key is replaced before its expiry
   */
  rotateBeforeExpiry?: string | undefined;
  /**
   * Whether a new key must authenticate (`GET /account` with that key) before it counts as created.
   * One that does not within 60 s is deleted again and the old key stays. Changing it keeps the key.
   *
   * @default true
   */
  verify?: boolean | undefined;
  /**
   * The id of a key that exists already, to be borrowed as it is. The first rotation replaces and
   * revokes it; whatever else ends the resource leaves it alive. A key has one owner: a second resource
   * that adopts it is refused. It can be given only when the resource is new; remove it after the first
   * rotation.
   */
  adoptKeyId?: string | undefined;
  /** The plaintext of the adopted key, if it is at hand; compared with the ending that Vultr shows. Kept secret. */
  adoptApiKey?: string | undefined;
  /**
   * Permits revoking the key that the provider itself authenticates with. Changing it keeps the key.
   *
   * @default false
   */
  allowSelfRevoke?: boolean | undefined;
}

/** Resolved inputs, as check returns them and state keeps them: the program's, and what the resource class adds. */
export interface KeyInputs extends DeclaredKey {
  /** The resource's name in the program. */
  resourceName?: string | undefined;
  /** The resource's URN, its identity. States of 0.1.0 have none. */
  resourceUrn?: string | undefined;
}

/** What is wrong with a value, as advice to the person who wrote it; undefined if nothing is. */
type Rule = (value: unknown) => string | undefined;

/** One line of text that says something; `then` judges what it says. */
function line(what: string, then: (text: string) => string | undefined = () => undefined): Rule {
  return (value) => {
    if (typeof value !== "string") return `must be text: ${what}`;
    if (value.trim() === "") return `must not be empty: ${what}`;
    if (/\p{Cc}/u.test(value)) return `must not hold line breaks or control characters: ${what}`;
    return then(value);
  };
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

function uuid(what: string): Rule {
  return line(what, (text) => (isUuid(text) ? undefined : `must be a UUID: ${what}`));
}

const text: Rule = (value) => (typeof value === "string" ? undefined : "must be text");

const flag: Rule = (value) => (typeof value === "boolean" ? undefined : "must be true or false");

const duration: Rule = (value) => {
  if (typeof value !== "string") return "must be text such as 90d";
  const parsed = parseDuration(value);
  return "problem" in parsed ? parsed.problem : undefined;
};

const time: Rule = (value) => {
  const example = "an RFC 3339 time such as 2031-06-30T00:00:00Z";
  if (typeof value !== "string") return `must be text: ${example}`;
  return isTime(value) ? undefined : `must be ${example}`;
};

const rules: Record<keyof KeyInputs, Rule> = {
  userId: uuid(
    "the user's id as GET /users shows it; for an e-mail address write userEmail instead",
  ),
  userEmail: line("the user's e-mail address", (address) =>
    /^[^\s@]+@[^\s@]+$/.test(address.trim())
      ? undefined
      : "must be an e-mail address; for a user's id write userId instead",
  ),
  name: line("the key's exact name; leave it out for an automatic one", (name) =>
    name.length <= longestName
      ? undefined
      : `must be at most ${longestName} characters long; leave it out for an automatic one`,
  ),
  dateExpire: time,
  expiresIn: duration,
  rotationTrigger: (value) => (isJson(value) ? undefined : "must be a JSON value"),
  rotateAfter: duration,
  rotateBeforeExpiry: duration,
  verify: flag,
  adoptKeyId: uuid("the id of the existing key, as GET /users/{user-id}/apikeys shows it"),
  adoptApiKey: line("the plaintext of the adopted key"),
  allowSelfRevoke: flag,
  resourceName: text,
  resourceUrn: text,
};

/** The args that people may write, for messages. */
export const argNames: readonly (keyof DeclaredKey)[] = Object.keys(rules).filter(
  (name): name is keyof DeclaredKey => name !== "resourceName" && name !== "resourceUrn",
);

export function isInputName(name: string): name is keyof KeyInputs {
  return Object.hasOwn(rules, name);
}

/** What is wrong with the value of one arg, as advice; undefined if nothing is, or it is not given. */
export function inputProblem(name: keyof KeyInputs, value: unknown): string | undefined {
  return value === undefined ? undefined : rules[name](value);
}

/** Is it an RFC 3339 time, of a day that exists? */
export function isTime(value: string): boolean {
  const shape = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
  if (!shape.test(value)) return false;
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) return false;
  // Date.parse turns February 31 into March 3; such a date is a mistake here.
  const day = Number(value.slice(8, 10));
  return new Date(Date.parse(`${value.slice(0, 10)}T00:00:00Z`)).getUTCDate() === day;
}

function isJson(value: unknown): boolean {
  if (typeof value === "object") return value === null || Object.values(value).every(isJson);
  if (typeof value === "number") return Number.isFinite(value);
  return typeof value === "string" || typeof value === "boolean";
}
