import { classify, type AuditedKey } from "../../../provider/command-line/audit/classify";
import type { Inventory } from "../../../provider/command-line/audit/inventory";
import { parseStackExport } from "../../../provider/command-line/audit/states";
import { pluginKeyType } from "../../../provider/names";
import { type ExportedKey, type ExportOptions, stackExport } from "../../support/stack-exports";

const userId = "5c1d0000-0000-4000-8000-000000000001";
const strangerId = "5c1d0000-0000-4000-8000-000000000002";
const oldId = "aaaaaaaa-0000-4000-8000-000000000001";
const newId = "bbbbbbbb-0000-4000-8000-000000000002";

const first = "deployer-production-abcdefgh";
const second = "deployer-production-bcdefghj";

interface Listed {
  keyId: string;
  name: string;
  dateExpire?: string;
  userId?: string;
}

function inventoryOf(listed: readonly Listed[], accountUserIds = [userId, strangerId]): Inventory {
  const keysOf = (id: string) =>
    listed
      .filter((key) => (key.userId ?? userId) === id)
      .map((key) => ({ dateExpire: undefined, tail: "", ...key }));
  return {
    emails: new Map(accountUserIds.map((id) => [id, `${id.slice(-1)}@example.com`])),
    keys: new Map(accountUserIds.map((id) => [id, keysOf(id)])),
  };
}

interface Case {
  listed: readonly Listed[];
  recorded: readonly ExportedKey[];
  options?: ExportOptions;
  /** Further states that are given. */
  more?: readonly string[];
  accountUserIds?: string[];
}

function audited({ listed, recorded, options, more = [], accountUserIds }: Case): AuditedKey[] {
  const states = [stackExport(recorded, options), ...more];
  const records = states.flatMap((text) => parseStackExport(text, "state").records);
  const sight = { inventory: inventoryOf(listed, accountUserIds), stacks: [], records };
  return classify(sight, Date.parse("2026-11-01T00:00:00Z"), 30 * 86_400_000);
}

const classesOf = (keys: readonly AuditedKey[]) =>
  Object.fromEntries(keys.map((key) => [key.keyId, key.class]));

const current: ExportedKey = { resource: "deployer", userId, keyId: oldId, name: first };
const successor: ExportedKey = { ...current, keyId: newId, name: second };
const listedOld = { keyId: oldId, name: first };
const listedNew = { keyId: newId, name: second };

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

test("a key of the plugin, whose state tells its resource by the URN alone, is audited alike", () => {
  const recorded = [{ ...current, type: pluginKeyType, resourceName: undefined }];
  const leftover = { keyId: newId, name: second };
  expect(audited({ listed: [listedOld, leftover], recorded })).toMatchObject([
    { keyId: oldId, class: "managed", resource: "deployer" },
    {
      keyId: newId,
      class: "unrecorded",
      note: "named like a key of deployer of stack keys/production",
    },
  ]);
  // Of another organisation, where an explicit provider reaches it, it is not missed.
  const reachedBy = (provider: string) => [{ ...recorded[0]!, provider, userId: "elsewhere" }];
  expect(audited({ listed: [], recorded: reachedBy("emea") })).toEqual([]);
  expect(audited({ listed: [], recorded: reachedBy("default_0_1_0") })).toHaveLength(1);
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
    { keyId: oldId, class: "pending-deletion", note: "not listed by Vultr" },
  ]);
});

test("a key that a program only reads is no leftover, and not missed when it is gone", () => {
  const recorded = [{ ...current, isExternal: true }];
  expect(audited({ listed: [listedOld], recorded })).toMatchObject([
    { class: "managed", note: "read with .get; no given state manages it" },
  ]);
  expect(audited({ listed: [], recorded })).toEqual([]);
});

test("a key that one state reads and another is to delete is pending deletion there", () => {
  const recorded = [
    { ...current, resource: "reader", isExternal: true },
    { ...current, isPendingDeletion: true },
  ];
  expect(audited({ listed: [listedOld], recorded })).toMatchObject([
    { class: "pending-deletion", resource: "deployer", note: undefined },
  ]);
});

test("a resource that has no key yet is no missing key", () => {
  expect(audited({ listed: [], recorded: [{ ...current, keyId: "" }] })).toEqual([]);
});

test("a key in two states is told of", () => {
  const recorded = [current, { ...current, resource: "twin" }];
  const [key] = audited({ listed: [listedOld], recorded });
  expect(key?.note).toBe("recorded more than once: also twin of stack keys/production");
});

describe("two inputs for one stack", () => {
  test("both count: what either records is recorded", () => {
    const more = [stackExport([successor])];
    const keys = audited({ listed: [listedOld, listedNew], recorded: [current], more });
    expect(classesOf(keys)).toEqual({ [oldId]: "managed", [newId]: "managed" });
  });

  test("what both record is recorded once, and missing once", () => {
    const same = { recorded: [current], more: [stackExport([current])] };
    expect(audited({ listed: [listedOld], ...same })).toMatchObject([{ note: undefined }]);
    expect(audited({ listed: [], ...same })).toMatchObject([{ class: "missing" }]);
  });
});

describe("a key that no given state records is unrecorded", () => {
  const noteOf = (name: string, change: Partial<Case> = {}) => {
    const listed = [listedOld, { keyId: newId, name }];
    const key = audited({ listed, recorded: [current], ...change }).at(1);
    expect(key).toMatchObject({ class: "unrecorded", stack: undefined, resource: undefined });
    return key?.note;
  };

  test.each([
    "made by hand",
    "deployer",
    "deployer-staging-bcdefghj",
    "deployers-production-bcdefghj",
    "deployer-production-short",
  ])("named %j, of which there is nothing to say", (name) => {
    expect(noteOf(name)).toBeUndefined();
  });

  test.each([
    ["of its stack", second],
    ["of 0.1.0, without a stack", "deployer-bcdefghj"],
    ["of 0.1.0, of a successor", "deployer-bcdefghj-after-aaaaaaaa"],
    ["that is exactly the recorded one", first],
  ])("with an automatic name %s: which resource it is named like", (_, name) => {
    expect(noteOf(name)).toBe("named like a key of deployer of stack keys/production");
  });

  test("named like keys of several stacks: that there are more", () => {
    const more = [stackExport([{ ...current, keyId: "other" }], { stack: "staging" })];
    expect(noteOf("deployer-bcdefghj", { more })).toBe(
      "named like a key of deployer of stack keys/production (and of 1 more)",
    );
  });

  test("after a create without an end: what state says of it", () => {
    const options = { creating: ["runner"] };
    expect(noteOf("runner-production-bcdefghj", { options })).toBe(
      "named like a key of runner of stack keys/production; a create of runner of stack keys/production was interrupted or is under way",
    );
    expect(noteOf(second, { options })).toBe(
      "named like a key of deployer of stack keys/production",
    );
  });

  test("also of a user whom no state knows", () => {
    const listed = [{ ...listedNew, userId: strangerId }];
    const [key] = audited({ listed, recorded: [current] });
    expect(key).toMatchObject({ class: "unrecorded", userEmail: "2@example.com" });
  });
});

describe("a recorded key of a user that the account does not have", () => {
  const accountUserIds = [strangerId];

  test("is missing", () => {
    expect(audited({ listed: [], recorded: [current], accountUserIds })).toMatchObject([
      { class: "missing", note: "its user is not in this account" },
    ]);
  });

  test("is left out if it belongs to another organisation", () => {
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
