import { classify, type AuditedKey } from "../../../provider/command-line/audit/classify";
import type { Inventory } from "../../../provider/command-line/audit/inventory";
import { parseStackExport } from "../../../provider/command-line/audit/stack-state";
import { type ExportedKey, type ExportOptions, stackExport } from "../../support/stack-exports";

const userId = "5c1d0000-0000-4000-8000-000000000001";
const strangerId = "5c1d0000-0000-4000-8000-000000000002";
const oldId = "aaaaaaaa-0000-4000-8000-000000000001";
const newId = "bbbbbbbb-0000-4000-8000-000000000002";
const thirdId = "cccccccc-0000-4000-8000-000000000003";

const first = "deployer-abcdefgh";
const second = "deployer-bcdefghj-after-aaaaaaaa";
const third = "deployer-cdefghjk-after-aaaaaaaa";

interface Listed {
  keyId: string;
  name: string;
  dateExpire?: string;
  userId?: string;
}

function inventoryOf(keys: readonly Listed[], accountUserIds = [userId, strangerId]): Inventory {
  return {
    users: new Map(
      accountUserIds.map((id) => [
        id,
        { userId: id, email: `${id.slice(-1)}@example.com`, name: "", apiEnabled: true },
      ]),
    ),
    accountUserIds: new Set(accountUserIds),
    keys: keys.map((key) => ({ userId, dateExpire: undefined, tail: "", ...key })),
  };
}

interface Case {
  listed: readonly Listed[];
  recorded: readonly ExportedKey[];
  options?: ExportOptions & { isFresh?: boolean };
  accountUserIds?: string[];
}

function audited({ listed, recorded, options = {}, accountUserIds }: Case): AuditedKey[] {
  return classify({
    inventory: inventoryOf(listed, accountUserIds),
    states: [parseStackExport(stackExport(recorded, options), "state.json", options.isFresh)],
    nowMs: Date.parse("2026-11-01T00:00:00Z"),
    expiresWithinMs: 30 * 86_400_000,
  });
}

const classesOf = (keys: readonly AuditedKey[]) =>
  Object.fromEntries(keys.map((key) => [key.keyId, key.class]));

const current: ExportedKey = { resource: "deployer", userId, keyId: oldId, name: first };
const successor: ExportedKey = { ...current, keyId: newId, name: second };
const listedOld = { keyId: oldId, name: first };
const listedNew = { keyId: newId, name: second };
const listedThird = { keyId: thirdId, name: third };

test("a key in state and at Vultr is managed, by the resource that has it", () => {
  const [key] = audited({ listed: [listedOld], recorded: [current] });
  expect(key).toMatchObject({
    class: "managed",
    stack: "keys/production",
    resource: "deployer",
    userEmail: "1@example.com",
    note: undefined,
  });
});

test("a key that no state has is unmanaged", () => {
  const listed = [{ keyId: oldId, name: "made by hand" }];
  expect(audited({ listed, recorded: [] })).toMatchObject([{ class: "unmanaged" }]);
});

test("a replaced key that is still there is pending deletion, beside its successor", () => {
  const recorded = [successor, { ...current, isPendingDeletion: true }];
  const keys = audited({ listed: [listedOld, listedNew], recorded });
  expect(classesOf(keys)).toEqual({ [oldId]: "pending-deletion", [newId]: "managed" });
});

test("a key that Vultr does not list is missing, unless it was to be deleted anyway", () => {
  const recorded = [successor, { ...current, isPendingDeletion: true }];
  expect(audited({ listed: [], recorded })).toMatchObject([
    { keyId: newId, class: "missing" },
    { keyId: oldId, class: "pending-deletion", note: "gone at Vultr already" },
  ]);
});

test("a key that a program only reads is unmanaged, and not missed when it is gone", () => {
  const recorded = [{ ...current, isExternal: true }];
  expect(audited({ listed: [listedOld], recorded })).toMatchObject([{ class: "unmanaged" }]);
  expect(audited({ listed: [], recorded })).toEqual([]);
});

test("a key in two states is told of", () => {
  const recorded = [current, { ...current, resource: "twin" }];
  const [key] = audited({ listed: [listedOld], recorded });
  expect(key?.note).toBe("recorded more than once: also twin of stack keys/production");
});

describe("an orphan", () => {
  test("is proven by another key that was recorded as successor and is alive", () => {
    const recorded = [successor];
    const keys = audited({ listed: [listedNew, listedThird], recorded });
    expect(classesOf(keys)).toEqual({ [newId]: "managed", [thirdId]: "orphan" });
  });

  test("is only suspected where the recorded successor is gone", () => {
    const keys = audited({ listed: [listedThird], recorded: [successor] });
    expect(classesOf(keys)).toEqual({ [thirdId]: "suspected-orphan", [newId]: "missing" });
  });

  const interrupted = { listed: [listedOld, listedNew], recorded: [current] };

  test("is proven by a state that is newer than the list and has the predecessor in use", () => {
    const keys = audited({ ...interrupted, options: { isFresh: true } });
    expect(classesOf(keys)).toEqual({ [oldId]: "managed", [newId]: "orphan" });
  });

  test.each<[string, Partial<Case>, RegExp]>([
    ["the state may be older than the key", {}, /--stack/],
    [
      "a create is under way",
      { options: { isFresh: true, creating: ["deployer"] } },
      /a run is under way/,
    ],
    [
      "the predecessor is gone",
      { options: { isFresh: true }, listed: [listedNew] },
      /may be the key in use/,
    ],
    [
      "the predecessor was replaced, by a key that is not in the state",
      { options: { isFresh: true }, recorded: [{ ...current, isPendingDeletion: true }] },
      /no state given has/,
    ],
  ])("is only suspected where %s", (_, change, note) => {
    const key = audited({ ...interrupted, ...change }).find(({ keyId }) => keyId === newId);
    expect(key).toMatchObject({ class: "suspected-orphan", resource: "deployer" });
    expect(key?.note).toMatch(note);
  });

  test.each<[string, Partial<Listed>]>([
    ["of another user", { userId: strangerId }],
    ["of another resource", { name: "deployers-bcdefghj-after-aaaaaaaa" }],
    ["with a name that people write", { name: "deployer-after-aaaaaaaa" }],
  ])("is not even suspected in a key %s", (_, change) => {
    const listed = [listedOld, { ...listedNew, ...change }];
    const keys = audited({ ...interrupted, listed, options: { isFresh: true } });
    expect(classesOf(keys)).toEqual({ [oldId]: "managed", [newId]: "unmanaged" });
  });

  test("is not a key that some program reads", () => {
    const recorded = [current, { ...successor, resource: "reader", isExternal: true }];
    const keys = audited({ ...interrupted, recorded, options: { isFresh: true } });
    expect(classesOf(keys)[newId]).toBe("unmanaged");
  });

  test("of a first create is never proven: another stack may have such a resource", () => {
    const listed = [listedOld, { keyId: newId, name: "deployer-bcdefghj" }];
    const keys = audited({ ...interrupted, listed, options: { isFresh: true } });
    expect(classesOf(keys)[newId]).toBe("suspected-orphan");
  });

  test("of a resource whose state does not say its name is not recognised", () => {
    const recorded = [{ ...current, resourceName: undefined }];
    const keys = audited({ ...interrupted, recorded, options: { isFresh: true } });
    expect(classesOf(keys)[newId]).toBe("unmanaged");
  });
});

describe("a recorded key of a user that the account does not have", () => {
  const accountUserIds = [strangerId];

  test("is missing", () => {
    expect(audited({ listed: [], recorded: [current], accountUserIds })).toMatchObject([
      { class: "missing", note: "its user is not in this account" },
    ]);
  });

  test("is left out where it belongs to another organisation", () => {
    const recorded = [{ ...current, provider: "emea" }];
    expect(audited({ listed: [], recorded, accountUserIds })).toEqual([]);
  });
});

test.each([
  ["2026-10-31T23:59:59Z", "expired"],
  ["2026-11-01T00:00:00Z", "expired"],
  ["2026-11-01T00:00:01Z", "expiring"],
  ["2026-12-01T00:00:00Z", "expiring"],
  ["2026-12-01T00:00:01Z", "later"],
  [undefined, "never"],
])("an expiry at %s is %s, seen from November 1 with 30 days", (dateExpire, expiry) => {
  const listed = [{ ...listedOld, ...(dateExpire !== undefined && { dateExpire }) }];
  expect(audited({ listed, recorded: [current] })).toMatchObject([{ expiry, class: "managed" }]);
});
