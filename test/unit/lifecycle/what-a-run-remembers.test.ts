import { nameUnknownKeys } from "../../../provider/keys/leftovers";
import type { KeyInputs } from "../../../provider/keys/inputs";
import { createRunMemory, identitiesOf, identityOf } from "../../../provider/keys/run-memory";
import type { KeyState } from "../../../provider/keys/state";
import type { ListedApiKey } from "../../../provider/vultr/schemas";
import { urnOf } from "./run";

const userId = "5c1d0000-0000-4000-8000-000000000001";
const ci = urnOf("ci");

const argsOf = (name: string, more: KeyInputs = {}): KeyInputs => ({
  resourceName: name,
  resourceUrn: urnOf(name),
  userId,
  ...more,
});

const keyOf = (name: string, keyId: string, more: Partial<KeyState> = {}): KeyState => ({
  resourceName: name,
  resourceUrn: urnOf(name),
  keyId,
  userId,
  name: "",
  createdAt: "2026-01-01T00:00:00Z",
  ...more,
});

/** A state of version 0.1.0, which knew no URN. */
function oldKeyOf(name: string, keyId: string): KeyState {
  const { resourceUrn: _, ...state } = keyOf(name, keyId);
  return state;
}

it.each([
  { args: argsOf("ci"), identity: ci },
  { args: { resourceUrn: ci }, identity: ci },
  { args: { resourceName: "ci" }, identity: "ci" },
  { args: {}, identity: "" },
])(
  "a resource is its URN, and in old states its name: $args is $identity",
  ({ args, identity }) => {
    expect(identityOf(args)).toBe(identity);
  },
);

it("so that two of equal args and names are two", () => {
  const memory = createRunMemory();
  const urns = [urnOf("ci", "a$"), urnOf("ci", "b$")] as const;
  for (const resourceUrn of urns)
    expect(memory.noteDeclared(argsOf("ci", { resourceUrn }), true)).toBe(true);
  memory.noteRecorded(urns[0], keyOf("ci", "k"), true);
  expect(urns.map((urn) => memory.resource(urn)?.recorded?.keyId)).toEqual(["k", undefined]);
  const owners = memory.ownersOf(oldKeyOf("ci", "another"));
  expect(identitiesOf(owners)).toBe(urns.join(", "));
  expect(identitiesOf(memory.holdersOf("k", { resourceUrn: urns[1] }))).toBe(urns[0]);
  expect(memory.holdersOf("k", { resourceUrn: urns[0] })).toEqual([]);
});

it.each<[what: string, calls: string, isAlone: boolean]>([
  ["a new resource", "new", true],
  ["one that state records", "known", true],
  ["a replacement is checked again", "known, due, new", true],
  ["a replacement that nobody diffed (--replace)", "known, new", true],
  ["two that state records", "known, known", false],
  ["two of which the first is due", "known, due, known", false],
  ["two of which the first stays", "known, stays, known", false],
  ["a replacement though it stays (its key was deleted first)", "known, stays, new", true],
  ["another after one that stays", "known, stays, other new", false],
  ["a new one after such a one", "known, stays, new, new", false],
  ["two new ones", "new, new", false],
  ["a known one after a new one", "new, known", false],
  ["a third check of a replacement", "known, due, new, new", false],
])("an identity is claimed once: %s (%s): %s", (_what, calls, isAlone) => {
  const memory = createRunMemory();
  let claimed = true;
  for (const call of calls.split(", "))
    if (call === "stays" || call === "due")
      memory.noteRecorded(ci, keyOf("ci", "k"), call === "due");
    else {
      const more = call === "other new" ? { rotationTrigger: 2 } : {};
      claimed = memory.noteDeclared(argsOf("ci", more), call === "known");
    }
  expect(claimed).toBe(isAlone);
});

it("of a resource that is not declared nothing is known but the keys", () => {
  const memory = createRunMemory();
  memory.noteRecorded(ci, keyOf("ci", "recorded"), true);
  memory.noteMade(ci, keyOf("ci", "made"));
  expect(memory.resource(ci)).toBeUndefined();
  expect(["recorded", "made", "k"].map((keyId) => memory.isKnown(keyId))).toEqual([
    true,
    true,
    false,
  ]);
});

it("a key that people were told of is named once, and stays one that may be another create's", () => {
  const memory = createRunMemory();
  const notices: string[] = [];
  const context = { memory, notify: (notice: string) => void notices.push(notice) };
  const listed = { keyId: "k", name: "exact", dateExpire: undefined, tail: "" };
  const named = () => {
    nameUnknownKeys(context, { ...argsOf("ci"), name: "exact" }, "u-1", [listed]);
    return notices.length;
  };
  expect([named(), named()]).toEqual([1, 1]);
  expect(memory.isKnown("k")).toBe(false);
});

describe("a key is linked to its resource", () => {
  /** A run with two resources: `ci` was rotated from `old` to `new`, `other` has `k` after `before`. */
  function run() {
    const memory = createRunMemory();
    for (const name of ["ci", "other"]) memory.noteDeclared(argsOf(name), true);
    memory.noteRecorded(ci, keyOf("ci", "old", { previousKeyId: "oldest" }), true);
    memory.noteMade(ci, keyOf("ci", "new", { previousKeyId: "old" }));
    memory.noteRecorded(urnOf("other"), keyOf("other", "k", { previousKeyId: "before" }), false);
    return memory;
  }

  it.each<[by: string, key: Partial<KeyState> & { keyId: string }, owner: string | undefined]>([
    ["its id, as diff saw it", keyOf("elsewhere", "old"), "ci"],
    ["its id before its URN", keyOf("ci", "k"), "other"],
    ["the recorded predecessor", keyOf("elsewhere", "before"), "other"],
    ["the predecessor before its URN", keyOf("ci", "before"), "other"],
    ["a predecessor of two rotations ago", keyOf("none", "oldest"), "ci"],
    ["its URN", keyOf("ci", "unheard of"), "ci"],
    ["its name, without a URN", oldKeyOf("other", "unheard of"), "other"],
    ["nothing", keyOf("elsewhere", "unheard of"), undefined],
    ["its id alone", { keyId: "k" }, "other"],
    ["nothing but an id that nobody knows", { keyId: "unheard of" }, undefined],
  ])("by %s", (_by, key, owner) => {
    expect(identitiesOf(run().ownersOf(key))).toBe(owner === undefined ? "" : urnOf(owner));
  });
});

describe("the keys that a user had at first", () => {
  const keys: ListedApiKey[] = [{ keyId: "k", name: "", dateExpire: undefined, tail: "" }];

  it("are listed once for each user", async () => {
    const memory = createRunMemory();
    const list = jest.fn(() => Promise.resolve(keys));
    const asked = [userId, userId, "v"].map((user) => memory.keysAtFirst(user, list));
    expect(await Promise.all(asked)).toEqual([keys, keys, keys]);
    expect(list).toHaveBeenCalledTimes(2);
  });

  it("are listed again where that failed", async () => {
    const memory = createRunMemory();
    const failing = memory.keysAtFirst("u", () => Promise.reject(new Error("no answer")));
    await expect(failing).rejects.toThrow("no answer");
    expect(await memory.keysAtFirst("u", () => Promise.resolve(keys))).toBe(keys);
  });
});
