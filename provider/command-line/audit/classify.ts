/** Classifies each key by Vultr's lists and the given states. What its name suggests is only a note. */
import { isNamedLike } from "../../keys/key-name";
import { type Inventory, type InventoryKey, keysIn } from "./inventory";
import { describeRecord, placeOf, type StateRecord, type States } from "./states";

/** What Vultr lists and what the given states record, at one moment. */
export interface Facts extends States {
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

/** All keys that Vultr lists for the users looked at, then all that only a state records. */
export function classify(facts: Facts, nowMs: number, expiresWithinMs: number): AuditedKey[] {
  const { inventory, records } = facts;

  function audited(
    { keyId, userId, name, dateExpire }: Omit<InventoryKey, "tail">,
    unlessPending: KeyClass,
    note: string | undefined,
    { role, stack, resource }: Partial<StateRecord> = {},
  ): AuditedKey {
    const userEmail = inventory.emails.get(userId) ?? "";
    const expiry = expiryOf(dateExpire, nowMs, expiresWithinMs);
    const rest = { expiry, keyId, userId, userEmail, name, dateExpire, stack, resource, note };
    return { class: role === "pending deletion" ? "pending-deletion" : unlessPending, ...rest };
  }

  const byKey = recordsByKey(records);
  const listed = keysIn(inventory).map((key) => {
    const found = byKey.get(key.keyId);
    if (found === undefined) return audited(key, "unrecorded", whatNameSuggests(key.name, records));
    return audited(key, "managed", noteOnPlaces(found), found[0]);
  });
  const unlisted = unlistedKeys(facts).flatMap(({ record, note }) =>
    note === undefined ? [] : audited(record, "missing", note, record),
  );
  return [...listed, ...unlisted];
}

function expiryOf(dateExpire: string | undefined, nowMs: number, expiresWithinMs: number): Expiry {
  if (dateExpire === undefined) return "never";
  const leftMs = Date.parse(dateExpire) - nowMs;
  if (leftMs <= 0) return "expired";
  return leftMs <= expiresWithinMs ? "expiring" : "later";
}

/** Records by key id, from every given state, also if two are of one stack. The most important role is first. */
export function recordsByKey(records: readonly StateRecord[]): Map<string, StateRecord[]> {
  const byRole = ["in use", "pending deletion", "read with .get", "wanted"].flatMap((role) =>
    records.filter((record) => record.role === role && record.keyId !== ""),
  );
  return Map.groupBy(byRole, ({ keyId }) => keyId);
}

const isManager = ({ role }: StateRecord) => role === "in use" || role === "pending deletion";

/**
 * The keys that a state manages and no list has. A note says why one is missed, by whichever record; one that is left
 * out was not looked for by one of them: nobody asked for its user, or that one is in another organisation, which the
 * audit's credential does not see.
 */
export function unlistedKeys({ records, inventory }: Facts) {
  const { keys, emails } = inventory;
  const listed = new Set(keysIn(inventory).map(({ keyId }) => keyId));
  const wasEverybodyLookedAt = keys.size === emails.size;
  const noteOn = ({ userId, hasOwnProvider }: StateRecord) => {
    if (keys.has(userId)) return "not listed by Vultr";
    // A user that is reached through a VultrProvider may be in another organisation.
    return wasEverybodyLookedAt && !hasOwnProvider ? "its user is not in this account" : undefined;
  };
  const unlisted = records.filter((record) => isManager(record) && !listed.has(record.keyId));
  return [...recordsByKey(unlisted).values()].flatMap((found) => {
    const record = found.find((each) => noteOn(each) !== undefined) ?? found[0];
    const isLeftOut = found.some((each) => noteOn(each) === undefined);
    return record === undefined ? [] : [{ record, note: noteOn(record), isLeftOut }];
  });
}

/** What is unusual about where a managed key is recorded. Two exports of one stack are one place. */
function noteOnPlaces(records: readonly StateRecord[]): string | undefined {
  const places = new Map(records.filter(isManager).map((record) => [record.urn, placeOf(record)]));
  const [manager, ...others] = places.values();
  if (manager !== undefined)
    return others.length === 0 ? undefined : `recorded more than once: also ${others.join(", ")}`;
  const [holder] = records;
  if (holder?.role === "wanted") return describeRecord(holder);
  return "read with .get; no given state manages it";
}

/** A name proves nothing: anybody may give it, and other stacks, copies and restored states give the same. */
function whatNameSuggests(name: string, records: readonly StateRecord[]): string | undefined {
  const alike = records.filter((record) => isNamedLike(name, record.naming));
  const create = alike.find(({ role }) => role === "being made");
  const best = create ?? alike[0];
  if (best === undefined) return undefined;
  const others = new Set(alike.map(placeOf)).size - 1;
  const more = others === 0 ? "" : ` (and of ${others} more)`;
  return `named like a key of ${placeOf(best)}${more}${create ? `; ${describeRecord(create)}` : ""}`;
}
