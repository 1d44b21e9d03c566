/**
 * Every arg of a key, once: its shape, its limits, and what to write instead when it is wrong. Plain
 * rules, without zod: every preview checks, and loading zod takes longer than all else it does.
 */
import { parseDuration } from "./duration";

/** Longest name in characters: beyond it Vultr is said to cut. */
export const longestName = 128;

/** Resolved inputs, as check returns them and state keeps them. */
export interface KeyInputs {
  /** The resource's name in the program; written by the resource class, not by people. */
  resourceName?: string | undefined;
  /** The resource's URN, its identity; written by the resource class. States of 0.1.0 have none. */
  resourceUrn?: string | undefined;
  /** Whose key, by id. */
  userId?: string | undefined;
  /** Whose key, by e-mail address. */
  userEmail?: string | undefined;
  /** Exact name at Vultr. */
  name?: string | undefined;
  /** When the key expires, RFC 3339. */
  dateExpire?: string | undefined;
  /** How long a key lives: a duration, counted from its creation. */
  expiresIn?: string | undefined;
  /** A value of JSON whose change asks for a new key. */
  rotationTrigger?: unknown;
  /** A duration: a key this old is replaced. */
  rotateAfter?: string | undefined;
  /** A duration: a key this near its expiry is replaced. */
  rotateBeforeExpiry?: string | undefined;
  /** Whether a new key must authenticate before it counts as created; yes unless false. */
  verify?: boolean | undefined;
  /** The id of the key that was, or is to be, taken over. */
  adoptKeyId?: string | undefined;
  /** The plaintext of that key; never kept under this name. */
  adoptApiKey?: string | undefined;
  /** Whether the key that the provider authenticates with may be revoked; no unless true. */
  allowSelfRevoke?: boolean | undefined;
}

/** What is wrong with a value, as advice to the person who wrote it; undefined where nothing is. */
type Rule = (value: unknown) => string | undefined;

const userIdAdvice =
  "the user's id as GET /users shows it; for an e-mail address write userEmail instead";
const timeAdvice = "an RFC 3339 time such as 2031-06-30T00:00:00Z";

/** One line of text that says something; `then` judges what it says. */
function line(what: string, then: (text: string) => string | undefined = () => undefined): Rule {
  return (value) => {
    if (typeof value !== "string") return `must be text: ${what}`;
    if (value.trim() === "") return `must not be empty: ${what}`;
    if (/\p{Cc}/u.test(value)) return `must not hold line breaks or control characters: ${what}`;
    return then(value);
  };
}

function uuid(what: string): Rule {
  const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
  return line(what, (text) => (shape.test(text) ? undefined : `must be a UUID: ${what}`));
}

const text: Rule = (value) => (typeof value === "string" ? undefined : "must be text");

const flag: Rule = (value) => (typeof value === "boolean" ? undefined : "must be true or false");

const duration: Rule = (value) => {
  if (typeof value !== "string") return "must be text such as 90d";
  const parsed = parseDuration(value);
  return "problem" in parsed ? parsed.problem : undefined;
};

const time: Rule = (value) => {
  if (typeof value !== "string") return `must be text: ${timeAdvice}`;
  return isTime(value) ? undefined : `must be ${timeAdvice}`;
};

const rules: Record<keyof KeyInputs, Rule> = {
  resourceName: text,
  resourceUrn: text,
  userId: uuid(userIdAdvice),
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
};

/** The args that people may write, for messages. */
export const argNames: readonly string[] = Object.keys(rules).filter(
  (name) => name !== "resourceName" && name !== "resourceUrn",
);

export function isInputName(name: string): name is keyof KeyInputs {
  return Object.hasOwn(rules, name);
}

/** What is wrong with the value of one arg, as advice; undefined where nothing is, or it is not given. */
export function inputProblem(name: keyof KeyInputs, value: unknown): string | undefined {
  return value === undefined ? undefined : rules[name](value);
}

function isTime(value: string): boolean {
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
