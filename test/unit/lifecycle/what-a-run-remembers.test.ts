import { nameUnknownKeys } from "../../../provider/keys/leftovers";
import { createRunMemory, identitiesOf, type RunMemory } from "../../../provider/keys/run-memory";
import type { KeyState } from "../../../provider/keys/state";
import type { ListedApiKey } from "../../../provider/vultr/schemas";
import { urnOf } from "./run";

const ci = urnOf("ci");
const userId = "5c1d0000-0000-4000-8000-000000000001";
const args = { resourceName: "ci", resourceUrn: ci, userId };
const listed: ListedApiKey = { keyId: "k", name: "exact", dateExpire: undefined, tail: "" };
const recorded: KeyState = { ...args, keyId: "k", name: "", createdAt: "2026-01-01T00:00:00Z" };

/** Calls of check, and between them of diff. */
const calls = {
  new: (memory: RunMemory) => memory.noteDeclared(args, false),
  "other new": (memory: RunMemory) => memory.noteDeclared({ ...args, rotationTrigger: 2 }, false),
  known: (memory: RunMemory) => memory.noteDeclared(args, true),
  due: (memory: RunMemory) => {
    memory.noteRecorded(ci, recorded, true);
  },
  stays: (memory: RunMemory) => {
    memory.noteRecorded(ci, recorded, false);
  },
};

it.each<[what: string, isAlone: boolean, ...called: (keyof typeof calls)[]]>([
  ["a new resource", true, "new"],
  ["one that state records", true, "known"],
  ["a replacement is checked again", true, "known", "due", "new"],
  ["a replacement that nobody diffed (--replace)", true, "known", "new"],
  ["two that state records", false, "known", "known"],
  ["two of which the first is due", false, "known", "due", "known"],
  ["two of which the first stays", false, "known", "stays", "known"],
  ["a replacement though it stays (its key was deleted first)", true, "known", "stays", "new"],
  ["another after one that stays", false, "known", "stays", "other new"],
  ["a new one after such a one", false, "known", "stays", "new", "new"],
  ["two new ones", false, "new", "new"],
  ["a known one after a new one", false, "new", "known"],
  ["a third check of a replacement", false, "known", "due", "new", "new"],
])("an identity is claimed once: %s: %s", (_what, isAlone, ...called) => {
  const memory = createRunMemory();
  expect(called.map((call) => calls[call](memory)).at(-1)).toBe(isAlone);
});

it("a key that people were told of is named once, and stays one that may be another create's", () => {
  const memory = createRunMemory();
  const notify = jest.fn();
  for (const keys of [[listed], [listed]])
    nameUnknownKeys({ memory, notify }, { ...args, name: "exact" }, userId, keys);
  expect(notify).toHaveBeenCalledTimes(1);
  expect(memory.isKnown("k")).toBe(false);
});

it.each<[by: string, of: string, keyId: string, owner: string | undefined]>([
  ["its id, as diff saw it", "elsewhere", "old", "ci"],
  ["its id before its URN", "ci", "k", "other"],
  ["the recorded predecessor", "elsewhere", "before", "other"],
  ["the predecessor of what was made", "elsewhere", "middle", "ci"],
  ["the predecessor before its URN", "ci", "before", "other"],
  ["a predecessor of two rotations ago", "none", "oldest", "ci"],
  ["its URN", "ci", "unheard of", "ci"],
  ["nothing", "elsewhere", "unheard of", undefined],
])("a key is linked to its resource by %s", (_by, of, keyId, owner) => {
  const memory = createRunMemory();
  const other = urnOf("other");
  for (const resourceUrn of [ci, other]) memory.noteDeclared({ ...args, resourceUrn }, true);
  memory.noteRecorded(ci, { ...recorded, keyId: "old", previousKeyId: "oldest" }, true);
  memory.noteMade(ci, { ...recorded, keyId: "new", previousKeyId: "middle" });
  const theirs = { ...recorded, resourceUrn: other, previousKeyId: "before" };
  memory.noteRecorded(other, theirs, false);
  const owners = memory.ownersOf({ keyId, resourceUrn: urnOf(of) });
  expect(identitiesOf(owners)).toBe(owner === undefined ? "" : urnOf(owner));
});

describe("the keys that a user had at first", () => {
  it("are listed once for each user", async () => {
    const memory = createRunMemory();
    const list = jest.fn(() => Promise.resolve([listed]));
    for (const user of ["u", "u", "v"])
      expect(await memory.keysAtFirst(user, list)).toEqual([listed]);
    expect(list).toHaveBeenCalledTimes(2);
  });

  it("are listed again where that failed", async () => {
    const memory = createRunMemory();
    const failing = memory.keysAtFirst("u", () => Promise.reject(new Error("no answer")));
    await expect(failing).rejects.toThrow("no answer");
    expect(await memory.keysAtFirst("u", () => Promise.resolve([listed]))).toEqual([listed]);
  });
});
