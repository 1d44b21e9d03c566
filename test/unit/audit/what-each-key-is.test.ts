import { classify, type AuditedKey } from "../../../provider/command-line/audit/classify";
import { parseStackExport } from "../../../provider/command-line/audit/states";
import { pluginKeyType } from "../../../provider/names";
import { type ExportedKey, type ExportOptions, stackExport } from "../../support/stack-exports";

const userId = "5c1d0000-0000-4000-8000-000000000001";
const strangerId = "5c1d0000-0000-4000-8000-000000000002";

const first = "deployer-production-abcdefgh";
const current: ExportedKey = { resource: "deployer", userId, keyId: "old", name: first };
const successor: ExportedKey = { ...current, keyId: "new", name: "deployer-production-bcdefghj" };
const replaced: ExportedKey = { ...current, isPendingDeletion: true };
const readOnly: ExportedKey = { ...current, resource: "reader", isExternal: true };

interface Case {
  /** What Vultr lists. */
  listed?: readonly (Pick<ExportedKey, "keyId" | "name"> & {
    dateExpire?: string;
    userId?: string;
  })[];
  recorded: readonly ExportedKey[];
  options?: ExportOptions;
  /** Further states that are given. */
  more?: readonly string[];
  accountUserIds?: string[];
}

function audited(asked: Case): AuditedKey[] {
  const { listed = [], recorded, options, more = [] } = asked;
  const { accountUserIds = [userId, strangerId] } = asked;
  const states = [stackExport(recorded, options), ...more];
  const records = states.flatMap((text) => parseStackExport(text, "state").records);
  const keysOf = (id: string) =>
    listed
      .filter((key) => (key.userId ?? userId) === id)
      .map((key) => ({ dateExpire: undefined, tail: "", ...key }));
  const inventory = {
    emails: new Map(accountUserIds.map((id) => [id, `${id.slice(-1)}@example.com`])),
    keys: new Map(accountUserIds.map((id) => [id, keysOf(id)])),
  };
  const sight = { inventory, stacks: [], records };
  return classify(sight, Date.parse("2026-11-01T00:00:00Z"), 30 * 86_400_000);
}

/** What is told of each key, in one line. */
const told = (keys: readonly AuditedKey[]) =>
  keys.map(({ keyId, class: kind, resource = "", stack = "", note }) => {
    return `${keyId}: ${kind}, ${resource} in ${stack}${note === undefined ? "" : `, ${note}`}`;
  });

describe("a key that a given state records", () => {
  const both = [current, successor];
  const isManaged = "old: managed, deployer in keys/production";
  const successorIsManaged = "new: managed, deployer in keys/production";
  const isPending = "old: pending-deletion, deployer in keys/production";

  const ofPlugin = { ...current, type: pluginKeyType, resourceName: undefined };

  test.each<[string, Case, string[]]>([
    ["is managed, if Vultr lists it", { listed: [current], recorded: [current] }, [isManaged]],
    [
      "is pending deletion if it was replaced and is still there",
      { listed: both, recorded: [successor, replaced] },
      [isPending, successorIsManaged],
    ],
    [
      "is missing if Vultr does not list it, unless it was to be deleted anyway",
      { recorded: [successor, replaced] },
      [
        "new: missing, deployer in keys/production, not listed by Vultr",
        `${isPending}, not listed by Vultr`,
      ],
    ],
    [
      "and that its program only reads is no leftover",
      { listed: [current], recorded: [readOnly] },
      ["old: managed, reader in keys/production, read with .get; no given state manages it"],
    ],
    ["and that its program only reads is not missed", { recorded: [readOnly] }, []],
    [
      "to read it, and another to delete it, is pending deletion there",
      { listed: [current], recorded: [readOnly, replaced] },
      [isPending],
    ],
    ["that has no id yet is not missed", { recorded: [{ ...current, keyId: "" }] }, []],
    [
      "twice is told of",
      { listed: [current], recorded: [current, { ...current, resource: "twin" }] },
      [`${isManaged}, recorded more than once: also twin of stack keys/production`],
    ],
    [
      "is recorded, whichever of two inputs for one stack records it",
      { listed: both, recorded: [current], more: [stackExport([successor])] },
      [isManaged, successorIsManaged],
    ],
    [
      "in two inputs for one stack is recorded once",
      { listed: [current], recorded: [current], more: [stackExport([current])] },
      [isManaged],
    ],
    [
      "in two inputs for one stack is missing once",
      { recorded: [current], more: [stackExport([current])] },
      ["old: missing, deployer in keys/production, not listed by Vultr"],
    ],
    [
      "of a user whom the account does not have is missing",
      { recorded: [current], accountUserIds: [strangerId] },
      ["old: missing, deployer in keys/production, its user is not in this account"],
    ],
    [
      "of a user of another organisation is left out",
      { recorded: [{ ...current, provider: "emea" }], accountUserIds: [strangerId] },
      [],
    ],
    [
      "for the plugin is managed too, by the resource that its URN names",
      { listed: [current], recorded: [ofPlugin] },
      [isManaged],
    ],
    [
      "for the plugin is missing too, if its provider is the default one of a version",
      { recorded: [{ ...ofPlugin, provider: "default_0_1_0" }], accountUserIds: [strangerId] },
      ["old: missing, deployer in keys/production, its user is not in this account"],
    ],
    [
      "for the plugin is left out too, if it is of another organisation",
      { recorded: [{ ...ofPlugin, provider: "emea" }], accountUserIds: [strangerId] },
      [],
    ],
    [
      "nor is it missing if the other organisation's provider is called like a default one",
      { recorded: [{ ...ofPlugin, provider: "default_emea" }], accountUserIds: [strangerId] },
      [],
    ],
  ])("%s", (_, asked, expected) => {
    expect(told(audited(asked))).toEqual(expected);
  });
});

describe("a key that no given state records is unrecorded", () => {
  const likeDeployer = "named like a key of deployer of stack keys/production";
  const staging = stackExport([{ ...current, keyId: "other" }], { stack: "staging" });
  const exact = { ...current, exactName: "exact" };
  const creating = ["runner"];

  test.each<[string, string, string | undefined, Partial<Case>?]>([
    ["of which there is nothing to say", "made by hand", undefined],
    ["called as its resource", "deployer", undefined],
    ["of another stack", "deployer-staging-bcdefghj", undefined],
    ["of another resource", "deployers-production-bcdefghj", undefined],
    ["with too short an ending", "deployer-production-short", undefined],
    ["named as its stack names keys", successor.name, likeDeployer],
    [
      "named as its stack names keys of the plugin",
      successor.name,
      likeDeployer,
      { recorded: [{ ...current, type: pluginKeyType, resourceName: undefined }] },
    ],
    ["of 0.1.0, without a stack", "deployer-bcdefghj", likeDeployer],
    ["of 0.1.0, of a successor", "deployer-bcdefghj-after-aaaaaaaa", likeDeployer],
    ["named exactly as a recorded one", first, likeDeployer],
    ["named as the args say", "exact", likeDeployer, { recorded: [exact] }],
    ["named automatically, where the args say a name", first, undefined, { recorded: [exact] }],
    [
      "named like keys of several stacks",
      "deployer-bcdefghj",
      `${likeDeployer} (and of 1 more)`,
      { more: [staging] },
    ],
    [
      "after a create without an end",
      "runner-production-bcdefghj",
      "named like a key of runner of stack keys/production; a create of runner of stack keys/production was interrupted or is under way",
      { options: { creating } },
    ],
    [
      "after a create of another without an end",
      successor.name,
      likeDeployer,
      { options: { creating } },
    ],
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
  ["2026-10-31T23:59:59Z", "expired"],
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
