import type { KeyInputs } from "../../../provider/keys/inputs";
import {
  createRunMemory,
  currentKey,
  identityOf,
  isOther,
  namesOf,
} from "../../../provider/keys/run-memory";
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

/** A run in which `ci` is declared. */
function runWith(args: KeyInputs = {}, isKnown = true) {
  const memory = createRunMemory();
  memory.noteDeclared(argsOf("ci", args), isKnown);
  return memory;
}

it.each([
  { args: argsOf("ci"), identity: ci },
  { args: { resourceUrn: ci }, identity: ci },
  { args: { resourceName: "ci" }, identity: "ci" },
  { args: {}, identity: undefined },
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
  expect(namesOf(owners)).toBe(urns.join(", "));
  expect(namesOf(owners.filter(isOther({ resourceUrn: urns[0] })))).toBe(urns[1]);
});

it.each<[what: string, calls: string, isAlone: boolean]>([
  ["a new resource", "new", true],
  ["one that state records", "known", true],
  ["a replacement is checked again", "known, due, new", true],
  ["a replacement that nobody diffed (--replace)", "known, new", true],
  ["two that state records", "known, known", false],
  ["two of which the first is due", "known, due, known", false],
  ["two of which the first stays", "known, stays, known", false],
  ["a move to another provider", "known, stays, new", true],
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

describe("of a declared resource", () => {
  it("the last args count, and what was learnt before the second check stays", () => {
    const memory = runWith();
    const recorded = keyOf("ci", "k");
    memory.noteRecorded(ci, recorded, true);
    const args = argsOf("ci", { allowSelfRevoke: true });
    memory.noteDeclared(args, false);
    expect(memory.resource(ci)).toEqual({ identity: ci, args, isKnownToEngine: true, recorded });
  });

  it("the key that it has is the one that was made, or else the recorded one", () => {
    const memory = runWith();
    const current = () => currentKey(memory.resource(ci)!)?.keyId;
    expect(current()).toBeUndefined();
    memory.noteRecorded(ci, keyOf("ci", "old"), true);
    expect(current()).toBe("old");
    memory.noteMade(ci, keyOf("ci", "new"));
    expect(current()).toBe("new");
  });

  it("the key is awaited from the check of a new one until it is made", () => {
    const memory = createRunMemory();
    memory.noteDeclared(argsOf("kept"), true);
    memory.noteDeclared(argsOf("ci"), false);
    expect(namesOf(memory.awaited())).toBe(ci);
    memory.noteMade(ci, keyOf("ci", "k"));
    expect(memory.awaited()).toEqual([]);
  });
});

it("of a resource that is not declared nothing is known but the keys", () => {
  const memory = createRunMemory();
  memory.noteRecorded(ci, keyOf("ci", "recorded"), true);
  memory.noteMade(ci, keyOf("ci", "made"));
  memory.noteKnown("read");
  expect(memory.resource(ci)).toBeUndefined();
  expect(memory.ownersOf(keyOf("ci", "recorded"))).toEqual([]);
  expect(memory.holdersOf("recorded")).toEqual([]);
  const keyIds = ["recorded", "made", "read", "another"];
  expect(keyIds.map((keyId) => memory.isKnown(keyId))).toEqual([true, true, true, false]);
});

describe("a key is linked to its resource", () => {
  /** A run with two resources: `ci` was rotated from `old` to `new`, `other` has `k` after `before`. */
  function run() {
    const memory = runWith();
    memory.noteDeclared(argsOf("other"), true);
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
    expect(namesOf(run().ownersOf(key))).toBe(owner === undefined ? "" : urnOf(owner));
  });

  it("of a successor that was just made", () => {
    const memory = runWith();
    memory.noteMade(ci, keyOf("ci", "new", { previousKeyId: "old" }));
    expect(namesOf(memory.ownersOf({ keyId: "old" }))).toBe(ci);
  });

  it.each([
    ["new", ci],
    ["old", ""],
    ["k", urnOf("other")],
    ["before", ""],
  ])("and held by the one that has it now: %s by %j", (keyId, holder) => {
    expect(namesOf(run().holdersOf(keyId))).toBe(holder);
  });
});

describe("who is to adopt a key holds it", () => {
  const adoption = { adoptKeyId: "k" };

  it.each([
    { what: "if it is new", isKnown: false, holder: ci },
    {
      what: "but not if it adopted it earlier, and diff tells what it has",
      isKnown: true,
      holder: "",
    },
  ])("$what", ({ isKnown, holder }) => {
    const memory = runWith(adoption, isKnown);
    expect(namesOf(memory.holdersOf("k"))).toBe(holder);
    expect(memory.holdersOf("l")).toEqual([]);
  });

  it("and no longer once it has another", () => {
    const memory = runWith(adoption, false);
    memory.noteMade(ci, keyOf("ci", "l", adoption));
    expect(memory.holdersOf("k")).toEqual([]);
  });
});

it("a failure is remembered to the end of the run", () => {
  const memory = createRunMemory();
  expect(memory.hasFailed).toBe(false);
  memory.noteFailure();
  memory.noteMade(ci, keyOf("ci", "k"));
  expect(memory.hasFailed).toBe(true);
});

it("a notice is news once", () => {
  const memory = createRunMemory();
  expect(["a", "b", "a"].map((text) => memory.isNews(text))).toEqual([true, true, false]);
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
