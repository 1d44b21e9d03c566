/**
 * What Vultr sends, and what we make of it: snake_case stops here. Strict about ids, about the
 * presence of a list and about the plaintext of a new key; anything else may be missing or odd,
 * because Vultr marks no field as required and may add new ones.
 *
 * @see https://www.vultr.com/api/ (OpenAPI: vultr/vultr-mcp)
 */
import { z } from "zod";

import { toUtc } from "./clock";

/** Text, also if it comes as a number; "" for anything else, since one odd field must not block an account. */
const text = z.union([z.string(), z.number().transform(String)]).catch("");
const flag = z.boolean().optional().catch(undefined);
const id = z.string().min(1);

const userWire = z.object({ id, email: text, name: text, api_enabled: flag, status: text });
const unusableRow = { id: undefined, email: "", name: "", api_enabled: undefined, status: "" };
const listedUserWire = userWire.extend({ id: id.optional().catch(undefined) }).catch(unusableRow);
/** An ending refuses a plaintext that is not the key's: only text is one. */
const masked = z.string().catch("");
const keyWire = z.object({ id, api_key: masked, name: text, expire: flag, date_expire: text });

const toUser = <Id>(wire: Omit<z.infer<typeof userWire>, "id"> & { id: Id }) => ({
  userId: wire.id,
  email: wire.email,
  name: wire.name,
  /** Undefined where Vultr did not say. */
  apiEnabled: wire.api_enabled,
  /** `active`, `pending`, `suspended` or `closed`; `""` where Vultr did not say. */
  status: wire.status,
});

export const userSchema = z.object({ user: userWire }).transform(({ user }) => toUser(user));

/** A user of the account. */
export type VultrUser = z.infer<typeof userSchema>;

/** A user as the list shows them: a row that names no usable id must not block the other users. */
export type ListedUser = Omit<VultrUser, "userId"> & { userId: string | undefined };

const toListedKey = (wire: z.infer<typeof keyWire>) => ({
  keyId: wire.id,
  name: wire.name,
  /** RFC 3339, UTC, whole seconds; undefined for a key that does not expire. */
  dateExpire: wire.expire === false ? undefined : toUtc(wire.date_expire),
  /** The last characters of the plaintext, if the mask shows them; a hint of identity, never proof. */
  tail: /^\*+([A-Za-z0-9]+)$/.exec(wire.api_key)?.[1]?.slice(-5) ?? "",
});

/** A key as listings show it: the plaintext is masked, so it is not here. */
export type ListedApiKey = ReturnType<typeof toListedKey>;

/** One page of a list, and what it says of the rest. */
export interface Page<Item> {
  items: Item[];
  /** Undefined on the last page. */
  nextCursor: string | undefined;
  /** How many items all pages have, if Vultr says so. */
  total?: number | undefined;
}

/** What a list may say of its own completeness. Lists of keys are documented without it. */
const completeness = z
  .object({
    total: z.number().optional().catch(undefined),
    links: z.object({ next: text }).catch({ next: "" }),
  })
  .catch({ total: undefined, links: { next: "" } })
  .transform(({ total, links: { next } }) => ({ total, nextCursor: next || undefined }));

/** Users come and go between two pages, so their total proves nothing. */
export const usersPageSchema = z
  .object({ users: z.array(listedUserWire), meta: completeness })
  .transform(({ users, meta: { nextCursor } }): Page<ListedUser> => ({
    items: users.map((user) => toUser({ ...user, id: user.id })),
    nextCursor,
  }));

export const apiKeysPageSchema = z
  .object({ api_keys: z.array(keyWire), meta: completeness })
  .transform(({ api_keys: keys, meta }): Page<ListedApiKey> => ({
    items: keys.map(toListedKey),
    ...meta,
  }));

const plaintext = z.string().regex(/^[A-Za-z0-9]{20,}$/, "no plaintext key");
const createdWire = keyWire.extend({ api_key: plaintext });

/**
 * The answer to a create. The envelope is inferred (the page documents no body): with or without
 * `api_key` around it. A masked or missing plaintext is refused: such a key could never be used.
 */
export const createdApiKeySchema = z
  .union([z.object({ api_key: createdWire }).transform((body) => body.api_key), createdWire])
  .transform((wire) => ({
    keyId: wire.id,
    /** The plaintext. */
    apiKey: wire.api_key,
    /** Undefined where the answer does not mention an expiry. */
    expires: wire.expire,
  }));

/** A key as its creation shows it, once. */
export type CreatedApiKey = z.infer<typeof createdApiKeySchema>;

export const accountSchema = z
  .object({ account: z.object({ name: text, email: text }) })
  .transform(({ account }) => account);

/** The account as a credential sees it. */
export type VultrAccount = z.infer<typeof accountSchema>;

const subnetWire = z
  .object({ subnet: z.string(), subnet_size: z.coerce.number() })
  .transform(({ subnet, subnet_size: prefixLength }) => ({ subnet, prefixLength }));

/** The call is documented, and the name of its list is not: the one list in the answer is meant. */
export const allowlistSchema = z
  .record(z.string(), z.unknown())
  .transform((body) => Object.values(body).find(Array.isArray))
  .pipe(z.array(subnetWire));

/** Addresses that a user's keys may be used from. */
export type AllowedSubnet = z.infer<typeof subnetWire>;
