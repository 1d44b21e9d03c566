/**
 * What Vultr sends, and what we make of it: snake_case stops here. Wire shapes are loose, because
 * Vultr marks no field as required and may add new ones.
 *
 * @see https://www.vultr.com/api/ (OpenAPI: vultr/vultr-mcp)
 */
import { z } from "zod";

import { formatUtc } from "./clock";

/** A user of the account. */
export interface VultrUser {
  userId: string;
  email: string;
  name: string;
  /** Undefined where Vultr did not say. */
  apiEnabled: boolean | undefined;
}

/** A key as listings show it: the plaintext is masked, so it is not here. */
export interface ListedApiKey {
  keyId: string;
  name: string;
  /** RFC 3339, UTC, whole seconds; undefined for a key that does not expire. */
  dateExpire: string | undefined;
  /** The last characters of the plaintext; a hint of identity, never proof. */
  tail: string;
}

/** A key as its creation shows it, once. */
export interface CreatedApiKey {
  keyId: string;
  /** The plaintext. */
  apiKey: string;
  /** Undefined where the answer does not mention an expiry. */
  expires: boolean | undefined;
}

const userWire = z.object({
  id: z.string().min(1),
  email: z.string().default(""),
  name: z.string().default(""),
  api_enabled: z.boolean().optional(),
});

const keyWire = z.object({
  id: z.string().min(1),
  api_key: z.string().default(""),
  name: z.string().default(""),
  expire: z.boolean().optional(),
  date_expire: z.string().nullish(),
});

const toUser = (wire: z.infer<typeof userWire>): VultrUser => ({
  userId: wire.id,
  email: wire.email,
  name: wire.name,
  apiEnabled: wire.api_enabled,
});

export const userSchema = z.object({ user: userWire }).transform((body) => toUser(body.user));

/** One page of users and the cursor of the next; undefined on the last page. */
export const usersPageSchema = z
  .object({
    users: z.array(userWire),
    meta: z.object({ links: z.object({ next: z.string().default("") }) }).optional(),
  })
  .transform((body) => ({
    users: body.users.map(toUser),
    nextCursor: body.meta?.links.next === "" ? undefined : body.meta?.links.next,
  }));

const toListedKey = (wire: z.infer<typeof keyWire>): ListedApiKey => ({
  keyId: wire.id,
  name: wire.name,
  dateExpire: wire.expire === false ? undefined : toUtc(wire.date_expire),
  tail: wire.api_key.replace(/^\*+/, "").slice(-5),
});

/** What a listing may say of its own completeness. Key lists are documented without it. */
const listMeta = z
  .object({
    total: z.number().optional().catch(undefined),
    links: z
      .object({ next: z.string().default("") })
      .optional()
      .catch(undefined),
  })
  .nullish()
  .catch(undefined);

/** One page of a user's keys. */
export const apiKeysPageSchema = z
  .object({ api_keys: z.array(keyWire), meta: listMeta })
  .transform(({ api_keys: keys, meta }) => ({
    keys: keys.map(toListedKey),
    nextCursor: meta?.links?.next === "" ? undefined : meta?.links?.next,
    total: meta?.total,
  }));

const plaintext = z.string().regex(/^[A-Za-z0-9]{20,}$/, "no plaintext key");
const createdWire = keyWire.extend({ api_key: plaintext });

/**
 * The answer to a create. The envelope is inferred (the page documents no body): with or without
 * `api_key` around it. A masked or missing plaintext is refused: such a key could never be used.
 */
export const createdApiKeySchema = z
  .union([z.object({ api_key: createdWire }).transform((body) => body.api_key), createdWire])
  .transform((wire): CreatedApiKey => ({
    keyId: wire.id,
    apiKey: wire.api_key,
    expires: wire.expire,
  }));

/** The account, of which only its being readable matters. */
export const accountSchema = z.object({ account: z.object({}) });

/**
 * A time as Vultr writes it (`…Z`, `+00:00`, or with no zone, taken as UTC) as RFC 3339 in UTC
 * without fractions. Undefined for nothing and for what is no time.
 */
function toUtc(time: string | null | undefined): string | undefined {
  if (time === undefined || time === null || time.trim() === "") return undefined;
  const text = time.trim();
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text.replace(" ", "T")}Z`;
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? undefined : formatUtc(ms);
}
