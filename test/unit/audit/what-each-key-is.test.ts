import { classify } from "../../../provider/command-line/audit/classify";
import { parseStackExport } from "../../../provider/command-line/audit/states";
import { pluginKeyType } from "../../../provider/names";
import { type ExportedKey, type ExportOptions, stackExport } from "../../support/stack-exports";

const userId = "5c1d0000-0000-4000-8000-000000000001";
const strangerId = "5c1d0000-0000-4000-8000-000000000002";

const current: ExportedKey = {
  ...{ resource: "deployer", userId, keyId: "old" },
  name: "deployer-production-abcdefgh",
};
const successor: ExportedKey = { ...current, keyId: "new", name: "deployer-production-bcdefghj" };
const replaced: ExportedKey = { ...current, isPendingDeletion: true };
const readOnly: ExportedKey = { ...current, resource: "reader", isExternal: true };
const ofPlugin: ExportedKey = { ...current, type: pluginKeyType, resourceName: undefined };

interface Case {
  /** What Vultr lists. */
  listed?: readonly (Pick<ExportedKey, "keyId" | "name"> & Partial<ExportedKey>)[];
  recorded: readonly ExportedKey[];
  options?: ExportOptions;
  /** Further states that are given. */
  more?: readonly string[];
  /** Users of the account. */
  users?: string[];
}

function audited({
  listed = [],
  recorded,
  options,
  more = [],
  users = [userId, strangerId],
}: Case) {
  const states = [stackExport(recorded, options), ...more];
  const records = states.flatMap((text) => parseStackExport(text, "state").records);
  const keysOf = (id: string) =>
    listed
      .filter((key) => (key.userId ?? userId) === id)
      .map((key) => ({ dateExpire: undefined, tail: "", ...key }));
  const inventory = {
    emails: new Map(users.map((id) => [id, `${id.slice(-1)}@example.com`])),
    keys: new Map(users.map((id) => [id, keysOf(id)])),
  };
  const facts = { inventory, stacks: [], records };
  return classify(facts, Date.parse("2026-11-01T00:00:00Z"), 30 * 86_400_000);
}

/** What is told of each key, in one line. */
const told = (asked: Case) =>
  audited(asked).map(({ keyId, class: kind, resource = "", note }) =>
    [`${keyId}: ${kind} by ${resource}`, ...(note === undefined ? [] : [note])].join(", "),
  );

describe("a key that a given state records", () => {
  const both = [current, successor];
  const again = [stackExport([current])];
  const isManaged = "old: managed by deployer";
  const isMissing = "old: missing by deployer";
  const ofEmea = { ...current, provider: "emea" };

  test.each<[string, Case, ...string[]]>([
    [
      "is missing if Vultr does not list it, unless it was to be deleted anyway",
      { recorded: [successor, replaced] },
      "new: missing by deployer, not listed by Vultr",
      "old: pending-deletion by deployer, not listed by Vultr",
    ],
    [
      "and that its program only reads is no leftover",
      { listed: [current], recorded: [readOnly] },
      "old: managed by reader, read with .get; no given state manages it",
    ],
    ["and that its program only reads is not missed", { recorded: [readOnly] }],
    [
      "to delete it, beside one that reads it, is pending deletion there",
      { listed: [current], recorded: [readOnly, replaced] },
      "old: pending-deletion by deployer",
    ],
    ["that has no id yet is not missed", { recorded: [{ ...current, keyId: "" }] }],
    [
      "twice is told of",
      { listed: [current], recorded: [current, { ...current, resource: "twin" }] },
      `${isManaged}, recorded more than once: also twin of stack keys/production`,
    ],
    [
      "is recorded, whichever of two inputs for one stack records it",
      { listed: both, recorded: [current], more: [stackExport([successor])] },
      isManaged,
      "new: managed by deployer",
    ],
    [
      "in two inputs for one stack is recorded once",
      { listed: [current], recorded: [current], more: again },
      isManaged,
    ],
    [
      "in two inputs for one stack is missing once",
      { recorded: [current], more: again },
      `${isMissing}, not listed by Vultr`,
    ],
    [
      "of a user whom the account does not have is missing",
      { recorded: [current], users: [strangerId] },
      `${isMissing}, its user is not in this account`,
    ],
    ["of a user elsewhere is left out", { recorded: [ofEmea], users: [strangerId] }],
    [
      "for the plugin is managed too, by the resource that its URN names",
      { listed: [current], recorded: [ofPlugin] },
      isManaged,
    ],
    [
      "for the plugin is missing too, if its provider is the default one of a version",
      { recorded: [{ ...ofPlugin, provider: "default_0_1_0" }], users: [strangerId] },
      `${isMissing}, its user is not in this account`,
    ],
    [
      "for the plugin is left out too, also if the provider elsewhere is called like a default one",
      { recorded: [{ ...ofPlugin, provider: "default_emea" }], users: [strangerId] },
    ],
  ])("%s", (_, asked, ...expected) => {
    expect(told(asked)).toEqual(expected);
  });
});

describe("a key that no given state records is unrecorded", () => {
  const like = "named like a key of deployer of stack keys/production";
  const begun = "a create of runner of stack keys/production was interrupted or is under way";
  const named: ExportedKey = { ...current, exactName: "exact" };
  const more = [stackExport([{ ...current, keyId: "other" }], { stack: "staging" })];
  const options = { creating: ["runner"] };

  test.each<[string, string, string | undefined, Partial<Case>?]>([
    ["of which there is nothing to say", "made by hand", undefined],
    ["of another stack", "deployer-staging-bcdefghj", undefined],
    ["named as its stack names keys", successor.name, like],
    ["named so, of the plugin", successor.name, like, { recorded: [ofPlugin] }],
    ["of 0.1.0, without a stack", "deployer-bcdefghj", like],
    ["named exactly as a recorded one", current.name, like],
    ["named as the args say", "exact", like, { recorded: [named] }],
    [
      "named automatically, where the args say a name",
      current.name,
      undefined,
      { recorded: [named] },
    ],
    ["of several stacks", "deployer-bcdefghj", `${like} (and of 1 more)`, { more }],
    [
      "after a create without an end",
      "runner-production-bcdefghj",
      `named like a key of runner of stack keys/production; ${begun}`,
      { options },
    ],
    ["after a create of another without an end", successor.name, like, { options }],
  ])("%s: %s", (_, name, note, change = {}) => {
    const listed = [current, { keyId: "unknown", name }];
    const key = audited({ listed, recorded: [current], ...change }).at(1);
    expect(key).toMatchObject({ class: "unrecorded", note, stack: undefined, resource: undefined });
  });

  test("also of a user whom no state knows", () => {
    const [key] = audited({ listed: [{ ...successor, userId: strangerId }], recorded: [current] });
    expect(key).toMatchObject({ class: "unrecorded", userEmail: "2@example.com" });
  });
});

test.each([
  ["2026-11-01T00:00:00Z", "expired"],
  ["2026-11-01T00:00:01Z", "expiring"],
  ["2026-12-01T00:00:00Z", "expiring"],
  ["2026-12-01T00:00:01Z", "later"],
  [undefined, "never"],
])("an expiry at %s is %s, seen from November 1 with 30 days", (dateExpire, expiry) => {
  const key = { ...current, ...(dateExpire !== undefined && { dateExpire }) };
  expect(audited({ listed: [key], recorded: [current] })).toMatchObject([
    { expiry, class: "managed", userEmail: "1@example.com" },
  ]);
  // What Vultr does not list, the state tells.
  expect(audited({ recorded: [key] })).toMatchObject([{ expiry, class: "missing", dateExpire }]);
});
