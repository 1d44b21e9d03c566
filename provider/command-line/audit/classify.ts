/** What each key is, from Vultr's lists and the stacks' states alone. Pure; proves before it accuses. */
import { isAutomaticName, isSuccessorName, predecessorOfName } from "../../lifecycle/key-name";
import type { Inventory, InventoryKey } from "./inventory";
import type { RecordedKey, StackState } from "./stack-state";

/**
 * What a key is:
 * - `managed`: in use by a stack;
 * - `pending-deletion`: replaced or removed, and the next `pulumi up` revokes it;
 * - `missing`: a stack believes in it and Vultr does not list it;
 * - `orphan`: an interrupted run made it, and its plaintext is provably lost;
 * - `suspected-orphan`: named like one, without the proof;
 * - `unmanaged`: none of the stacks given knows it.
 */
export type KeyClass =
  "managed" | "unmanaged" | "suspected-orphan" | "orphan" | "pending-deletion" | "missing";

export type Expiry = "never" | "later" | "expiring" | "expired";

export interface AuditedKey {
  class: KeyClass;
  expiry: Expiry;
  keyId: string;
  userId: string;
  /** Empty where Vultr does not say. */
  userEmail: string;
  /** Name at Vultr. */
  name: string;
  /** RFC 3339 in UTC; undefined for a key that never expires, or is not listed. */
  dateExpire: string | undefined;
  /** Stack and resource that the key belongs to, or seems to belong to. */
  stack: string | undefined;
  resource: string | undefined;
  /** What else a person should know. */
  note: string | undefined;
}

export interface Comparison {
  inventory: Inventory;
  states: readonly StackState[];
  /** Milliseconds since the epoch. */
  nowMs: number;
  /** An expiry this near counts as expiring. */
  expiresWithinMs: number;
}

/** All keys that Vultr lists for the users looked at, then all that only a state knows. */
export function classify(comparison: Comparison): AuditedKey[] {
  const { inventory, states } = comparison;
  const recorded = states.flatMap((state) => state.keys);
  const listed = new Set(inventory.keys.map((key) => key.keyId));
  return [
    ...inventory.keys.map((key) => classifyListed(key, recorded, listed, comparison)),
    ...recorded
      .filter((key) => !key.isExternal && !listed.has(key.keyId) && isInScope(key, inventory))
      .map((key) => classifyUnlisted(key, inventory)),
  ];
}

/** Was this key looked for? One of a user who is gone is missed only where everybody was looked at. */
function isInScope(key: RecordedKey, inventory: Inventory): boolean {
  if (inventory.users.has(key.userId)) return true;
  const lookedAtAll = inventory.users.size === inventory.accountUserIds.size;
  return (
    lookedAtAll &&
    !inventory.accountUserIds.has(key.userId) &&
    !isOfOtherOrganisation(key, inventory)
  );
}

/** Keys that another credential than the audit's would have to look at. */
export function isOfOtherOrganisation(key: RecordedKey, inventory: Inventory): boolean {
  return key.hasOwnProvider && !inventory.accountUserIds.has(key.userId);
}

function classifyListed(
  key: InventoryKey,
  recorded: readonly RecordedKey[],
  listed: ReadonlySet<string>,
  comparison: Comparison,
): AuditedKey {
  const { userId, keyId, name, dateExpire } = key;
  const userEmail = comparison.inventory.users.get(userId)?.email ?? "";
  const expiry = expiryOf(dateExpire, comparison);
  return {
    expiry,
    keyId,
    userId,
    userEmail,
    name,
    dateExpire,
    ...belonging(key, recorded, listed),
  };
}

type Belonging = Pick<AuditedKey, "class" | "stack" | "resource" | "note">;

function belonging(
  key: InventoryKey,
  recorded: readonly RecordedKey[],
  listed: ReadonlySet<string>,
): Belonging {
  const records = recorded.filter((record) => record.keyId === key.keyId);
  const owners = records.filter((record) => !record.isExternal);
  const owner = owners.find((record) => !record.isPendingDeletion) ?? owners[0];
  if (owner !== undefined) {
    const others = owners.filter((record) => record !== owner);
    return {
      class: owner.isPendingDeletion ? "pending-deletion" : "managed",
      stack: owner.stack,
      resource: owner.resource,
      note:
        others.length === 0
          ? undefined
          : `recorded more than once: also ${others.map((other) => `${other.resource} of stack ${other.stack}`).join(", ")}`,
    };
  }
  const [reader] = records;
  if (reader !== undefined)
    return {
      class: "unmanaged",
      ...placeOf(reader),
      note: "read with .get, managed by no stack given",
    };
  return leftoverOf(key, recorded, listed) ?? unmanaged();
}

function unmanaged(): Belonging {
  return { class: "unmanaged", stack: undefined, resource: undefined, note: undefined };
}

/** Is the key one that an interrupted run left? Nothing in any state is, so none of those comes here. */
function leftoverOf(
  key: InventoryKey,
  recorded: readonly RecordedKey[],
  listed: ReadonlySet<string>,
): Belonging | undefined {
  const relatives = recorded.filter(
    (record) =>
      record.userId === key.userId && record.resourceName !== undefined && !record.isExternal,
  );

  // A key has one recorded successor. Where that one is known and alive, no other will ever be recorded.
  const sibling = relatives.find(({ name, resourceName = "", keyId }) => {
    const predecessor = predecessorOfName(key.name, resourceName);
    return (
      predecessor !== undefined &&
      predecessor === predecessorOfName(name, resourceName) &&
      listed.has(keyId)
    );
  });
  if (sibling !== undefined)
    return {
      class: "orphan",
      ...placeOf(sibling),
      note: `made beside ${sibling.name}, which was recorded instead`,
    };

  const predecessor = relatives.find(({ resourceName = "", keyId }) =>
    isSuccessorName(key.name, resourceName, keyId),
  );
  if (predecessor !== undefined) {
    const doubt = doubtAbout(predecessor, listed);
    const made = `made to succeed ${predecessor.name}`;
    if (doubt === undefined)
      return { class: "orphan", ...placeOf(predecessor), note: `${made}, which is in use still` };
    return { class: "suspected-orphan", ...placeOf(predecessor), note: `${made}; ${doubt}` };
  }

  const namesake = relatives.find(({ resourceName = "" }) =>
    isAutomaticName(key.name, resourceName),
  );
  if (namesake === undefined) return undefined;
  const note = "named like the keys of this resource; another stack may have one of the same name";
  return { class: "suspected-orphan", ...placeOf(namesake), note };
}

/**
 * Why a successor of `predecessor` may be in use after all. It is not, where a state that was
 * exported after the key was seen still has its predecessor in use, with no create under way: the
 * engine notes a create before it starts, and its result before it goes on.
 */
function doubtAbout(predecessor: RecordedKey, listed: ReadonlySet<string>): string | undefined {
  if (predecessor.isPendingDeletion)
    return "that one was replaced, by a key that no state given has";
  if (!listed.has(predecessor.keyId)) return "that one is gone, so this may be the key in use";
  if (!predecessor.isFresh) return "to prove it, let the audit export the state itself: --stack";
  if (predecessor.isBeingReplaced)
    return "a run is under way, or was killed: `pulumi up` settles it";
  return undefined;
}

function placeOf({ stack, resource }: RecordedKey) {
  return { stack, resource };
}

function classifyUnlisted(record: RecordedKey, inventory: Inventory): AuditedKey {
  const { keyId, userId, name, stack, resource, isPendingDeletion } = record;
  const user = inventory.users.get(userId);
  const gone = user === undefined ? "its user is not in this account" : undefined;
  return {
    class: isPendingDeletion ? "pending-deletion" : "missing",
    expiry: "never",
    keyId,
    userId,
    userEmail: user?.email ?? "",
    name,
    dateExpire: undefined,
    stack,
    resource,
    note: isPendingDeletion ? "gone at Vultr already" : gone,
  };
}

function expiryOf(dateExpire: string | undefined, { nowMs, expiresWithinMs }: Comparison): Expiry {
  if (dateExpire === undefined) return "never";
  const leftMs = Date.parse(dateExpire) - nowMs;
  if (leftMs <= 0) return "expired";
  return leftMs <= expiresWithinMs ? "expiring" : "later";
}
