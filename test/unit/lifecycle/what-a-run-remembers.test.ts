import {
  createRunMemory,
  currentKey,
  identityOf,
  isOther,
  namesOf,
} from "../../../provider/keys/run-memory";
import type { ListedApiKey } from "../../../provider/vultr/schemas";
import { argsOf, keyOf, oldKeyOf, urnOf, userId } from "./resources";

describe("a resource is its URN, and in old states its name", () => {
  it.each([
    { args: argsOf("ci"), identity: urnOf("ci") },
    { args: { resourceUrn: urnOf("ci") }, identity: urnOf("ci") },
    { args: { resourceName: "ci" }, identity: "ci" },
    { args: {}, identity: undefined },
  ])("$args: $identity", ({ args, identity }) => {
    expect(identityOf(args)).toBe(identity);
  });

  it("so that two of equal args and names are two", () => {
    const memory = createRunMemory();
    const [one, two] = ["a", "b"].map((parent) => ({
      ...argsOf("ci"),
      resourceUrn: urnOf(`${parent}$ci`),
    }));
    expect(memory.noteDeclared(one!, true)).toBe(true);
    expect(memory.noteDeclared(two!, true)).toBe(true);
    memory.noteRecorded(urnOf("a$ci"), keyOf("ci", "k"), true);
    expect(memory.resource(urnOf("a$ci"))?.recorded?.keyId).toBe("k");
    expect(memory.resource(urnOf("b$ci"))?.recorded).toBeUndefined();
    const resources = memory.ownersOf(oldKeyOf("ci", "another"));
    expect(namesOf(resources)).toBe(`${urnOf("a$ci")}, ${urnOf("b$ci")}`);
    expect(resources.filter(isOther(one!)).map((each) => each.identity)).toEqual([urnOf("b$ci")]);
  });
});

describe("an identity is claimed once", () => {
  const args = argsOf("ci");
  const key = keyOf("ci", "k");
  type Call = "known" | "new" | "other new" | "stays" | "due";

  it.each<{ what: string; calls: Call[]; last: boolean }>([
    { what: "a new resource", calls: ["new"], last: true },
    { what: "one that state records", calls: ["known"], last: true },
    { what: "a replacement is checked again", calls: ["known", "due", "new"], last: true },
    { what: "a replacement that nobody diffed (--replace)", calls: ["known", "new"], last: true },
    { what: "two that state records", calls: ["known", "known"], last: false },
    { what: "two of which the first is due", calls: ["known", "due", "known"], last: false },
    { what: "two of which the first stays", calls: ["known", "stays", "known"], last: false },
    { what: "a move to another provider", calls: ["known", "stays", "new"], last: true },
    { what: "another after one that stays", calls: ["known", "stays", "other new"], last: false },
    { what: "a new one after such a one", calls: ["known", "stays", "new", "new"], last: false },
    { what: "two new ones", calls: ["new", "new"], last: false },
    { what: "a known one after a new one", calls: ["new", "known"], last: false },
    { what: "a third check of a replacement", calls: ["known", "due", "new", "new"], last: false },
  ])("$what: $last", ({ calls, last }) => {
    const memory = createRunMemory();
    let claimed = true;
    for (const call of calls)
      if (call === "stays" || call === "due") memory.noteRecorded(urnOf("ci"), key, call === "due");
      else {
        const given = call === "other new" ? { ...args, rotationTrigger: 2 } : args;
        claimed = memory.noteDeclared(given, call === "known");
      }
    expect(claimed).toBe(last);
  });
});

describe("of a declared resource", () => {
  it("the last args count, and what was learnt before the second check stays", () => {
    const memory = createRunMemory();
    memory.noteDeclared(argsOf("ci"), true);
    memory.noteRecorded(urnOf("ci"), keyOf("ci", "k"), true);
    const args = argsOf("ci", { allowSelfRevoke: true });
    memory.noteDeclared(args, false);
    const resource = memory.resource(urnOf("ci"));
    expect(resource).toEqual({
      identity: urnOf("ci"),
      args,
      isKnownToEngine: true,
      recorded: keyOf("ci", "k"),
    });
  });

  it("the key that it has is the one that was made, or else the recorded one", () => {
    const memory = createRunMemory();
    memory.noteDeclared(argsOf("ci"), true);
    const current = () => currentKey(memory.resource(urnOf("ci"))!)?.keyId;
    expect(current()).toBeUndefined();
    memory.noteRecorded(urnOf("ci"), keyOf("ci", "old"), true);
    expect(current()).toBe("old");
    memory.noteMade(urnOf("ci"), keyOf("ci", "new"));
    expect(current()).toBe("new");
  });

  it("nothing is known where no check was called", () => {
    const memory = createRunMemory();
    memory.noteRecorded(urnOf("ci"), keyOf("ci", "k"), true);
    memory.noteMade(urnOf("ci"), keyOf("ci", "l"));
    expect(memory.resource(urnOf("ci"))).toBeUndefined();
    expect(memory.ownersOf(keyOf("ci", "k"))).toEqual([]);
    expect(memory.holdersOf("k")).toEqual([]);
    expect(["k", "l"].map((keyId) => memory.isKnown(keyId))).toEqual([true, true]);
  });
});

describe("a key is linked to its resource", () => {
  /** A run with two resources: `ci` was rotated from `old` to `new`, `other` has `k` after `before`. */
  function run() {
    const memory = createRunMemory();
    for (const name of ["ci", "other"]) memory.noteDeclared(argsOf(name), true);
    memory.noteRecorded(urnOf("ci"), keyOf("ci", "old", { previousKeyId: "oldest" }), true);
    memory.noteMade(urnOf("ci"), keyOf("ci", "new", { previousKeyId: "old" }));
    memory.noteRecorded(urnOf("other"), keyOf("other", "k", { previousKeyId: "before" }), false);
    return memory;
  }

  it.each([
    { by: "its id, as diff saw it", key: keyOf("elsewhere", "old"), owner: "ci" },
    { by: "its id before its URN", key: keyOf("ci", "k"), owner: "other" },
    { by: "the recorded predecessor", key: keyOf("elsewhere", "before"), owner: "other" },
    { by: "the predecessor before its URN", key: keyOf("ci", "before"), owner: "other" },
    { by: "a predecessor of two rotations ago", key: keyOf("none", "oldest"), owner: "ci" },
    { by: "its URN", key: keyOf("ci", "unheard of"), owner: "ci" },
    { by: "its name, without a URN", key: oldKeyOf("other", "unheard of"), owner: "other" },
    { by: "nothing", key: keyOf("elsewhere", "unheard of"), owner: undefined },
    { by: "its id alone", key: { keyId: "k" }, owner: "other" },
    { by: "nothing but an id that nobody knows", key: { keyId: "unheard of" }, owner: undefined },
  ])("by $by: $owner", ({ key, owner }) => {
    const owners = run().ownersOf(key);
    expect(owners.map(({ args }) => args.resourceName)).toEqual(owner === undefined ? [] : [owner]);
  });

  it("of a successor that was just made", () => {
    const memory = createRunMemory();
    memory.noteDeclared(argsOf("ci"), true);
    memory.noteMade(urnOf("ci"), keyOf("ci", "new", { previousKeyId: "old" }));
    expect(namesOf(memory.ownersOf({ keyId: "old" }))).toBe(urnOf("ci"));
  });

  it.each([
    { keyId: "new", holder: "ci" },
    { keyId: "old", holder: undefined },
    { keyId: "k", holder: "other" },
    { keyId: "before", holder: undefined },
  ])("and held by the one that has it now: $keyId by $holder", ({ keyId, holder }) => {
    const holders = run().holdersOf(keyId);
    expect(namesOf(holders)).toBe(holder === undefined ? "" : urnOf(holder));
  });
});

describe("who is to adopt a key holds it", () => {
  it.each([
    { what: "if it is new", isKnown: false, holds: true },
    {
      what: "but not if it adopted it in an earlier run, and diff tells what it has",
      isKnown: true,
      holds: false,
    },
  ])("$what: $holds", ({ isKnown, holds }) => {
    const memory = createRunMemory();
    memory.noteDeclared(argsOf("ci", { adoptKeyId: "k" }), isKnown);
    expect(memory.holdersOf("k")).toHaveLength(holds ? 1 : 0);
    expect(memory.holdersOf("l")).toEqual([]);
  });

  it("and no longer once it has another", () => {
    const memory = createRunMemory();
    memory.noteDeclared(argsOf("ci", { adoptKeyId: "k" }), false);
    memory.noteMade(urnOf("ci"), keyOf("ci", "l", { adoptKeyId: "k" }));
    expect(memory.holdersOf("k")).toEqual([]);
  });
});

it("a key is awaited from the check of a new resource until it is made", () => {
  const memory = createRunMemory();
  memory.noteDeclared(argsOf("kept"), true);
  memory.noteDeclared(argsOf("ci"), false);
  expect(namesOf(memory.awaited())).toBe(urnOf("ci"));
  memory.noteMade(urnOf("ci"), keyOf("ci", "k"));
  expect(memory.awaited()).toEqual([]);
});

it("keys are known that a state records, or that were made", () => {
  const memory = createRunMemory();
  memory.noteRecorded(urnOf("ci"), keyOf("ci", "recorded"), false);
  memory.noteMade(urnOf("ci"), keyOf("ci", "made"));
  memory.noteKnown("read");
  const keyIds = ["recorded", "made", "read", "another"];
  expect(keyIds.filter((keyId) => memory.isKnown(keyId))).toEqual(["recorded", "made", "read"]);
});

it("a failure is remembered to the end of the run", () => {
  const memory = createRunMemory();
  expect(memory.hasFailed).toBe(false);
  memory.noteFailure();
  memory.noteMade(urnOf("ci"), keyOf("ci", "k"));
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
