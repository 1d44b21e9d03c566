/** Every arg of a key, once: its shape, its limits, and what to write instead when it is wrong. */
import { z } from "zod";

import { parseDuration } from "./duration";

/** Longest name in characters: beyond it Vultr is said to cut. */
export const longestName = 128;

const noControlCharacters = /^\P{Cc}*$/u;

const line = (what: string) =>
  z
    .string({ error: `must be text: ${what}` })
    .refine((text) => text.trim() !== "", { error: `must not be empty: ${what}`, abort: true })
    .refine((text) => noControlCharacters.test(text), {
      error: `must not hold line breaks or control characters: ${what}`,
      abort: true,
    });

const uuid = (what: string) =>
  line(what).refine((text) => z.guid().safeParse(text).success, {
    error: `must be a UUID: ${what}`,
  });

const userIdAdvice =
  "the user's id as GET /users shows it; for an e-mail address write userEmail instead";
const timeAdvice = "an RFC 3339 time such as 2031-06-30T00:00:00Z";

const duration = z.string({ error: "must be text such as 90d" }).superRefine((text, context) => {
  const parsed = parseDuration(text);
  if ("problem" in parsed) context.addIssue({ code: "custom", message: parsed.problem });
});

const flag = z.boolean({ error: "must be true or false" });

/** Shapes by arg. What each does for people stands with the args of the resource class. */
export const keyInputs = z.strictObject({
  /** The resource's name in the program; written by the resource class, not by people. */
  resourceName: z.string().optional(),
  /** Whose key, by id. */
  userId: uuid(userIdAdvice).optional(),
  /** Whose key, by e-mail address. */
  userEmail: line("the user's e-mail address")
    .refine((text) => /^[^\s@]+@[^\s@]+$/.test(text.trim()), {
      error: "must be an e-mail address; for a user's id write userId instead",
    })
    .optional(),
  /** Exact name at Vultr. */
  name: line("the key's exact name; leave it out for an automatic one")
    .refine((text) => text.length <= longestName, {
      error: `must be at most ${longestName} characters long; leave it out for an automatic one`,
    })
    .optional(),
  /** When the key expires, RFC 3339. */
  dateExpire: z
    .string({ error: `must be text: ${timeAdvice}` })
    .refine(isTime, { error: `must be ${timeAdvice}` })
    .optional(),
  /** How long a key lives: a duration, counted from its creation. */
  expiresIn: duration.optional(),
  /** A value whose change asks for a new key. */
  rotationTrigger: z.json({ error: "must be a JSON value" }).optional(),
  /** A duration: a key this old is replaced. */
  rotateAfter: duration.optional(),
  /** A duration: a key this near its expiry is replaced. */
  rotateBeforeExpiry: duration.optional(),
  /** Whether a new key must authenticate before it counts as created; yes unless false. */
  verify: flag.optional(),
  /** The id of the key that was, or is to be, taken over. */
  adoptKeyId: uuid(
    "the id of the existing key, as GET /users/{user-id}/apikeys shows it",
  ).optional(),
  /** The plaintext of that key; never kept under this name. */
  adoptApiKey: line("the plaintext of the adopted key").optional(),
  /** Whether the key that the provider authenticates with may be revoked; no unless true. */
  allowSelfRevoke: flag.optional(),
});

/** Resolved inputs, as check returns them and state keeps them. */
export type KeyInputs = z.infer<typeof keyInputs>;

/** The args that people may write, for messages. */
export const argNames: readonly string[] = Object.keys(keyInputs.shape).filter(
  (name) => name !== "resourceName",
);

function isTime(text: string): boolean {
  const shape = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
  if (!shape.test(text)) return false;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return false;
  // Date.parse turns February 31 into March 3; such a date is a mistake here.
  const day = Number(text.slice(8, 10));
  return new Date(Date.parse(`${text.slice(0, 10)}T00:00:00Z`)).getUTCDate() === day;
}
