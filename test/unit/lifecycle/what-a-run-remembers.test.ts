import { createRunMemory } from "../../../provider/lifecycle/run-memory";
import type { KeyState } from "../../../provider/lifecycle/state";
import type { ListedApiKey } from "../../../provider/vultr/schemas";

const stateOf = (keyId: string): KeyState => ({
  keyId,
  userId: "u",
  name: `name of ${keyId}`,
  createdAt: "2026-01-01T00:00:00Z",
});

describe("a create replaces a key where check saw one with the same args", () => {
  it.each([
    { seen: { userId: "u", name: "ci" }, asked: { userId: "u", name: "ci" }, same: true },
    { seen: { name: "ci", userId: "u" }, asked: { userId: "u", name: "ci" }, same: true },
    { seen: { userId: "u" }, asked: { userId: "v" }, same: false },
    { seen: { userId: "u" }, asked: { userId: "u", name: "ci" }, same: false },
    {
      seen: { rotationTrigger: { b: { d: 1, c: [2, 3] }, a: null } },
      asked: { rotationTrigger: { a: null, b: { c: [2, 3], d: 1 } } },
      same: true,
    },
    { seen: { rotationTrigger: [2, 3] }, asked: { rotationTrigger: [3, 2] }, same: false },
    { seen: { rotationTrigger: ["a"] }, asked: { rotationTrigger: { 0: "a" } }, same: false },
    { seen: { rotationTrigger: null }, asked: { rotationTrigger: {} }, same: false },
  ])("$seen and $asked: $same", ({ seen, asked, same }) => {
    const memory = createRunMemory();
    memory.noteExisting(seen);
    memory.noteCurrent(stateOf("k"), seen);
    expect(memory.isReplacement(asked)).toBe(same);
    expect(memory.predecessorOf(asked)).toEqual(same ? stateOf("k") : undefined);
  });

  it("a key that diff saw and check did not is no replacement", () => {
    const memory = createRunMemory();
    memory.noteCurrent(stateOf("k"), { userId: "u" });
    expect(memory.isReplacement({ userId: "u" })).toBe(false);
  });
});

describe("the key that a create replaces", () => {
  it("is not certain where two keys have the same args", () => {
    const memory = createRunMemory();
    memory.noteCurrent(stateOf("one"), { userId: "u" });
    memory.noteCurrent(stateOf("two"), { userId: "u" });
    expect(memory.predecessorOf({ userId: "u" })).toBeUndefined();
  });

  it("is certain where the same key was seen twice", () => {
    const memory = createRunMemory();
    memory.noteCurrent(stateOf("one"), { userId: "u" });
    memory.noteCurrent(stateOf("one"), { userId: "u" });
    expect(memory.predecessorOf({ userId: "u" })).toEqual(stateOf("one"));
  });
});

it("keys are recorded that diff saw in state, that were made, and that were read", () => {
  const memory = createRunMemory();
  memory.noteCurrent(stateOf("k"), {});
  memory.noteRecorded("l", "another");
  expect([...memory.recorded]).toEqual([
    ["k", "name of k"],
    ["l", "another"],
  ]);
});

it("a successor is known by the key that it replaces", () => {
  const memory = createRunMemory();
  memory.noteSuccessor("old", { keyId: "new", apiKey: "plaintext" });
  expect(memory.successorOf("old")).toEqual({ keyId: "new", apiKey: "plaintext" });
  expect(memory.successorOf("new")).toBeUndefined();
});

describe("revoking the provider's own key is permitted by the program's latest word", () => {
  it.each([
    { inputs: { allowSelfRevoke: true }, permitted: true },
    { inputs: { allowSelfRevoke: false }, permitted: false },
    { inputs: {}, permitted: false },
  ])("$inputs: $permitted", ({ inputs, permitted }) => {
    const memory = createRunMemory();
    memory.noteCurrent(stateOf("k"), inputs);
    expect(memory.maySelfRevoke("k")).toBe(permitted);
    expect(memory.maySelfRevoke("another")).toBe(false);
  });
});

describe("the keys that a user had at first", () => {
  const keys: ListedApiKey[] = [{ keyId: "k", name: "", dateExpire: undefined, tail: "" }];

  it("are listed once for each user", async () => {
    const memory = createRunMemory();
    const list = jest.fn(() => Promise.resolve(keys));
    const asked = ["u", "u", "v"].map((userId) => memory.keysAtFirst(userId, list));
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
