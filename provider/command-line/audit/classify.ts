/** What each key is, from Vultr's lists and the stacks' states alone. Pure. A name is told, and proves nothing. */
import { isAutomaticName } from "../../keys/key-name";
import { type Inventory, type InventoryKey, keysIn } from "./inventory";
import type { StateRecord, States } from "./states";

/** What Vultr lists and what the given states record, at one moment. */
export interface Sight extends States {
  inventory: Inventory;
}

/**
 * What a key is:
 * - `managed`: a given state has it in use, or a program reads it with `.get`;
 * - `pending-deletion`: replaced or removed, and the next `pulumi up` revokes it;
 * - `missing`: a given state believes in it and Vultr does not list it;
 * - `unrecorded`: no given state records it.
 */
export type KeyClass = "managed" | "unrecorded" | "pending-deletion" | "missing";

export type Expiry = "never" | "later" | "expiring" | "expired";

/** A key as `--json` shows it. */
export interface AuditedKey {
  class: KeyClass;
  expiry: Expiry;
  keyId: string;
  userId: string;
  /** Empty if Vultr does not say. */
  userEmail: string;
  /** Name at Vultr. */
  name: string;
  /** RFC 3339 in UTC; undefined for a key that never expires, or is not listed. */
  dateExpire: string | undefined;
  /** Stack and resource that record the key. */
  stack: string | undefined;
  resource: string | undefined;
  /** What else a person should know. */
  note: string | undefined;
}

/** All keys that Vultr lists for the users looked at, then all that only a state knows. */
export function classify(sight: Sight, nowMs: number, withinMs: number): AuditedKey[] {
  const { inventory, records } = sight;
  const recorded = recordsByKey(records);
  const listed = keysIn(inventory).map((key) => {
    const known = recorded.get(key.keyId) ?? [];
    const note = known.length === 0 ? whatNameSuggests(key.name, records) : placesOf(known);
    return audited(key, "managed", note, known[0]);
  });
  for (const { keyId } of listed) recorded.delete(keyId);
  const unlisted = [...recorded.values()].flatMap((known) => {
    const record = known.find((one) => isMissed(one, inventory));
    if (record === undefined) return [];
    const isUserKnown = inventory.emails.has(record.userId);
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
    const userEmail = inventory.emails.get(userId) ?? "";
    const expiry = expiryOf(dateExpire, nowMs, withinMs);
    const facts = { expiry, keyId, userId, userEmail, name, dateExpire, stack, resource, note };
    if (role === undefined) return { class: "unrecorded", ...facts };
    return { class: role === "pending deletion" ? "pending-deletion" : otherwise, ...facts };
  }
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

/** The resource as messages call it. */
export const placeOf = ({ resource, stack }: StateRecord) => `${resource} of stack ${stack}`;

/** What a state says of a create that has begun. */
export const createOf = (record: StateRecord) =>
  `a create of ${placeOf(record)} was interrupted or is under way`;

/** Anybody may give any name, and other stacks, copies and restored states give the same. */
function whatNameSuggests(name: string, records: readonly StateRecord[]): string | undefined {
  const alike = records.filter((record) => isNamedLike(name, record));
  const create = alike.find(({ role }) => role === "being made");
  const likest = create ?? alike[0];
  if (likest === undefined) return undefined;
  const others = new Set(alike.map(placeOf)).size - 1;
  const more = others === 0 ? "" : ` (and of ${others} more)`;
  return `named like a key of ${placeOf(likest)}${more}${create ? `; ${createOf(create)}` : ""}`;
}

function isNamedLike(name: string, { stack, resourceName, name: exactName }: StateRecord): boolean {
  if (name !== "" && name === exactName) return true;
  const stackName = stack.slice(stack.lastIndexOf("/") + 1);
  return [stackName, undefined].some((of) => isAutomaticName(name, { resourceName, stack: of }));
}

function expiryOf(dateExpire: string | undefined, nowMs: number, withinMs: number): Expiry {
  if (dateExpire === undefined) return "never";
  const leftMs = Date.parse(dateExpire) - nowMs;
  if (leftMs <= 0) return "expired";
  return leftMs <= withinMs ? "expiring" : "later";
}
