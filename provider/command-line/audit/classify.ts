/** What each key is, from Vultr's lists and the stacks' states alone. Pure. A name is told, and proves nothing. */
import { isNamedLike } from "../../keys/key-name";
import { type Inventory, type InventoryKey, keysIn } from "./inventory";
import { placeOf, type StateRecord, type States } from "./states";

/** What Vultr lists and what the given states record, at one moment. */
export interface Sight extends States {
  inventory: Inventory;
}

/** What a key is to the given states. `--help` says what each means. */
export type KeyClass = "managed" | "unrecorded" | "pending-deletion" | "missing";

export type Expiry = "never" | "later" | "expiring" | "expired";

/** A key as `--json` shows it: as Vultr lists it, with the stack and resource that record it. */
export interface AuditedKey extends Omit<InventoryKey, "tail"> {
  class: KeyClass;
  expiry: Expiry;
  /** Empty if Vultr does not say. */
  userEmail: string;
  stack: string | undefined;
  resource: string | undefined;
  /** What else a person should know. */
  note: string | undefined;
}

/** All keys that Vultr lists for the users looked at, then all that only a state knows. */
export function classify(sight: Sight, nowMs: number, withinMs: number): AuditedKey[] {
  const { inventory, records } = sight;
  const { emails } = inventory;
  const recorded = recordsByKey(records);
  const listed = keysIn(inventory).map((key) => {
    const known = recorded.get(key.keyId);
    if (known === undefined) return audited(key, "unrecorded", whatNameSuggests(key.name, records));
    return audited(key, "managed", placesOf(known), known[0]);
  });
  for (const { keyId } of listed) recorded.delete(keyId);
  const unlisted = [...recorded.values()].flatMap((known) => {
    const record = known.find((one) => isMissed(one, inventory));
    if (record === undefined) return [];
    const isUserKnown = emails.has(record.userId);
    const note = isUserKnown ? "not listed by Vultr" : "its user is not in this account";
    return [audited({ ...record, dateExpire: undefined }, "missing", note, record)];
  });
  return [...listed, ...unlisted];

  function audited(
    { keyId, userId, name, dateExpire }: Omit<InventoryKey, "tail">,
    otherwise: KeyClass,
    note: string | undefined,
    { role, stack, resource }: Partial<StateRecord> = {},
  ): AuditedKey {
    const userEmail = emails.get(userId) ?? "";
    const expiry = expiryOf(dateExpire, nowMs, withinMs);
    const facts = { expiry, keyId, userId, userEmail, name, dateExpire, stack, resource, note };
    return { class: role === "pending deletion" ? "pending-deletion" : otherwise, ...facts };
  }
}

function expiryOf(dateExpire: string | undefined, nowMs: number, withinMs: number): Expiry {
  if (dateExpire === undefined) return "never";
  const leftMs = Date.parse(dateExpire) - nowMs;
  if (leftMs <= 0) return "expired";
  return leftMs <= withinMs ? "expiring" : "later";
}

/** Every given state counts, also two of one stack. The record that says most stands first. */
export function recordsByKey(records: readonly StateRecord[]): Map<string, StateRecord[]> {
  const byKey = new Map<string, StateRecord[]>();
  for (const role of ["in use", "pending deletion", "read with .get"])
    for (const record of records.filter((one) => one.role === role && one.keyId !== ""))
      byKey.set(record.keyId, [...(byKey.get(record.keyId) ?? []), record]);
  return byKey;
}

const isOwner = ({ role }: StateRecord) => role !== "read with .get";

/** Was it looked for? The key of a user who is gone is missed only if everybody was looked at. */
function isMissed(record: StateRecord, { keys, emails }: Inventory): boolean {
  if (!isOwner(record)) return false;
  if (keys.has(record.userId)) return true;
  return keys.size === emails.size && !emails.has(record.userId) && !record.hasOwnProvider;
}

/** How many recorded keys another credential than the audit's would have to look at. */
export function keysElsewhere({ records, inventory }: Sight): number {
  const isElsewhere = ({ keyId, userId, hasOwnProvider }: StateRecord) =>
    keyId !== "" && hasOwnProvider && !inventory.emails.has(userId);
  return records.filter(isElsewhere).length;
}

/** Two inputs for one stack say the same twice: that is no second place. */
function placesOf(records: readonly StateRecord[]): string | undefined {
  const [owner, ...others] = new Set(records.filter(isOwner).map(placeOf));
  if (owner === undefined) return "read with .get; no given state manages it";
  return others.length === 0 ? undefined : `recorded more than once: also ${others.join(", ")}`;
}

/** Anybody may give any name, and other stacks, copies and restored states give the same. */
function whatNameSuggests(name: string, records: readonly StateRecord[]): string | undefined {
  const alike = records.filter((record) => isNamedLike(name, record.naming));
  const create = alike.find(({ role }) => role === "being made");
  const likest = create ?? alike[0];
  if (likest === undefined) return undefined;
  const others = new Set(alike.map(placeOf)).size - 1;
  const more = others === 0 ? "" : ` (and of ${others} more)`;
  return `named like a key of ${placeOf(likest)}${more}${create ? `; ${createOf(create)}` : ""}`;
}

/** What a state says of a create that has begun. */
export const createOf = (record: StateRecord) =>
  `a create of ${placeOf(record)} was interrupted or is under way`;
