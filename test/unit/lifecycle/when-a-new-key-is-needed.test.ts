import { diff } from "../../../provider/lifecycle/diff";
import type { KeyInputs } from "../../../provider/keys/inputs";
import { createRunMemory, type RunMemory } from "../../../provider/keys/run-memory";
import { type KeyState, withoutUndefined } from "../../../provider/keys/state";
import { collectSettings } from "../../../provider/settings";
import { systemClock } from "../../../provider/vultr/clock";
import { RefusedError } from "../../../provider/vultr/errors";

const dayMs = 86_400_000;
const createdMs = Date.UTC(2026, 0, 1);
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const userId = "5c1d0000-0000-4000-8000-000000000001";

const state: KeyState = {
  resourceName: "deployer",
  keyId: "0b5e0000-0000-4000-8000-000000000002",
  userId,
  name: "deployer-abcdefgh",
  createdAt: "2026-01-01T00:00:00Z",
  apiKey: "plaintext",
};
const args: KeyInputs = { resourceName: "deployer", userId };

/** What a key has otherwise than {@link state}; undefined takes a field away. */
type Was = { [Field in keyof KeyState]?: KeyState[Field] | undefined };

/** The answer in the resource's own registration, after its check. */
function ask(
  last: KeyState,
  inputs: KeyInputs,
  nowMs: number,
  memory: RunMemory = createRunMemory(),
) {
  memory.noteDeclared(inputs, true);
  return askUnchecked(last, inputs, nowMs, memory);
}

function askUnchecked(last: KeyState, inputs: KeyInputs, nowMs: number, memory: RunMemory) {
  const notes: string[] = [];
  const notify = (note: string) => void notes.push(note);
  const clock = { ...systemClock, now: () => nowMs };
  const settings = () => collectSettings(() => undefined, {});
  return { ...diff({ memory, clock, notify, settings }, last, inputs), notes };
}

function answer(was: Was, is: Partial<KeyInputs>) {
  const last = withoutUndefined({ ...state, ...was }) as KeyState;
  const { replaces, changes } = ask(last, { ...args, ...is }, createdMs);
  if (replaces.length > 0) return `replace for ${replaces.join(", ")}`;
  return changes ? "update" : "nothing";
}

interface Case {
  what: string;
  was: Was;
  is: Partial<KeyInputs>;
  answer: string;
}

it.each<Case>([
  { what: "the same args", was: {}, is: {}, answer: "nothing" },
  {
    what: "another user",
    was: {},
    is: { userId: userId.replace("1", "2") },
    answer: "replace for userId",
  },
  {
    what: "a user that is not known yet",
    was: {},
    is: { userId: unknown },
    answer: "replace for userId",
  },
  {
    what: "from e-mail to the id of the same user",
    was: { userEmail: "a@b.c" },
    is: {},
    answer: "update",
  },
  {
    what: "from the id to the e-mail of perhaps the same user",
    was: {},
    is: { userId: undefined, userEmail: "a@b.c" },
    answer: "replace for userEmail",
  },
  {
    what: "another e-mail",
    was: { userEmail: "a@b.c" },
    is: { userId: undefined, userEmail: "d@b.c" },
    answer: "replace for userEmail",
  },
  {
    what: "the same e-mail in other letters",
    was: { userEmail: "A@b.C" },
    is: { userId: undefined, userEmail: "a@B.c" },
    answer: "update",
  },
  {
    what: "the same e-mail with space around it",
    was: { userEmail: " a@b.c" },
    is: { userId: undefined, userEmail: "a@b.c " },
    answer: "update",
  },
  { what: "another name", was: {}, is: { name: "ci" }, answer: "replace for name" },
  { what: "the name that it has", was: {}, is: { name: state.name }, answer: "nothing" },
  { what: "a name no longer given", was: { name: "ci" }, is: {}, answer: "nothing" },
  {
    what: "a trigger",
    was: { rotationTrigger: 1 },
    is: { rotationTrigger: 2 },
    answer: "replace for rotationTrigger",
  },
  {
    what: "a first trigger",
    was: {},
    is: { rotationTrigger: 1 },
    answer: "replace for rotationTrigger",
  },
  {
    what: "the same trigger in another order",
    was: { rotationTrigger: { a: 1, b: [2] } },
    is: { rotationTrigger: { b: [2], a: 1 } },
    answer: "nothing",
  },
  {
    what: "a trigger not known yet",
    was: { rotationTrigger: 1 },
    is: { rotationTrigger: [unknown] },
    answer: "replace for rotationTrigger",
  },
  {
    what: "the same expiry in another zone",
    was: { dateExpire: "2031-06-30T00:00:00Z" },
    is: { dateExpire: "2031-06-30T02:00:00.000+02:00" },
    answer: "nothing",
  },
  {
    what: "another expiry",
    was: { dateExpire: "2031-06-30T00:00:00Z" },
    is: { dateExpire: "2031-06-30T00:00:00-01:00" },
    answer: "replace for dateExpire",
  },
  {
    what: "the same expiry with fractions of its second",
    was: { dateExpire: "2031-06-30T00:00:00Z" },
    is: { dateExpire: "2031-06-30T00:00:00.999Z" },
    answer: "nothing",
  },
  {
    what: "a first expiry",
    was: {},
    is: { dateExpire: "2031-06-30T00:00:00Z" },
    answer: "replace for dateExpire",
  },
  {
    what: "a first lifetime",
    was: {},
    is: { expiresIn: "2d" },
    answer: "replace for expiresIn",
  },
  {
    what: "no lifetime any more",
    was: { expiresIn: "2d", dateExpire: "2031-06-30T00:00:00Z" },
    is: {},
    answer: "replace for expiresIn",
  },
  {
    what: "a lifetime not known yet",
    was: { expiresIn: "2d", dateExpire: "2031-06-30T00:00:00Z" },
    is: { expiresIn: unknown },
    answer: "replace for expiresIn",
  },
  {
    what: "no expiry any more",
    was: { dateExpire: "2031-06-30T00:00:00Z" },
    is: {},
    answer: "replace for dateExpire",
  },
  {
    what: "the same lifetime in other units",
    was: { expiresIn: "2d", dateExpire: "2031-06-30T00:00:00Z" },
    is: { expiresIn: "48h" },
    answer: "update",
  },
  {
    what: "another lifetime",
    was: { expiresIn: "2d", dateExpire: "2031-06-30T00:00:00Z" },
    is: { expiresIn: "3d" },
    answer: "replace for expiresIn",
  },
  { what: "verify", was: {}, is: { verify: false }, answer: "update" },
  { what: "allowSelfRevoke", was: { allowSelfRevoke: true }, is: {}, answer: "update" },
  {
    what: "rotateBeforeExpiry of a key that never expires",
    was: {},
    is: { rotateBeforeExpiry: "30d" },
    answer: "update",
  },
  {
    what: "an age not known yet",
    was: {},
    is: { rotateAfter: unknown },
    answer: "replace for rotateAfter",
  },
  {
    what: "a distance from the expiry not known yet",
    was: { expiresIn: "2d", dateExpire: "2031-06-30T00:00:00Z" },
    is: { expiresIn: "2d", rotateBeforeExpiry: unknown },
    answer: "replace for rotateBeforeExpiry",
  },
  { what: "a name not known yet", was: {}, is: { name: unknown }, answer: "replace for name" },
  {
    what: "an e-mail not known yet",
    was: { userEmail: "a@b.c" },
    is: { userId: undefined, userEmail: unknown },
    answer: "replace for userEmail",
  },
  {
    what: "an expiry not known yet",
    was: { dateExpire: "2031-06-30T00:00:00Z" },
    is: { dateExpire: unknown },
    answer: "replace for dateExpire",
  },
  { what: "a key that was not proven", was: { isUnproven: true }, is: {}, answer: "update" },
  {
    what: "one that was not proven, where no proof is wanted any more",
    was: { isUnproven: true },
    is: { verify: false },
    answer: "update",
  },
  {
    what: "a trigger for a key that was not proven",
    was: { isUnproven: true },
    is: { rotationTrigger: 1 },
    answer: "replace for rotationTrigger",
  },
  {
    what: "a URN that an alias renamed",
    was: { resourceUrn: "urn:old" },
    is: {},
    answer: "update",
  },
  { what: "an age that is not reached", was: {}, is: { rotateAfter: "30d" }, answer: "update" },
  {
    what: "the expiry of an adopted key",
    was: { adoptKeyId: state.keyId, name: "by hand", dateExpire: "2031-06-30T00:00:00Z" },
    is: {},
    answer: "nothing",
  },
  {
    what: "a lifetime for an adopted key, counted from its first rotation",
    was: { adoptKeyId: state.keyId },
    is: { adoptKeyId: state.keyId, expiresIn: "2d" },
    answer: "update",
  },
  {
    what: "the expiry of a key that replaced an adopted one",
    was: { adoptKeyId: userId, dateExpire: "2031-06-30T00:00:00Z" },
    is: {},
    answer: "replace for dateExpire",
  },
  {
    what: "the plaintext of an adopted key, wanted until it is known",
    was: { adoptKeyId: state.keyId, apiKey: undefined },
    is: { adoptKeyId: state.keyId, adoptApiKey: "plaintext" },
    answer: "update",
  },
  {
    what: "no plaintext for an adopted key that has none",
    was: { adoptKeyId: state.keyId, apiKey: undefined },
    is: { adoptKeyId: state.keyId },
    answer: "nothing",
  },
  {
    what: "the plaintext of an adopted key that is known",
    was: { adoptKeyId: state.keyId },
    is: { adoptKeyId: state.keyId, adoptApiKey: "plaintext" },
    answer: "nothing",
  },
  {
    what: "the plaintext of a key that is no longer there",
    was: { adoptKeyId: userId, apiKey: undefined },
    is: { adoptKeyId: userId, adoptApiKey: "plaintext" },
    answer: "nothing",
  },
])("$what: $answer", ({ was, is, answer: expected }) => {
  expect(answer(was, is)).toBe(expected);
});

it.each([
  { what: "a moment before its age", ms: 30 * dayMs - 1, due: false },
  { what: "at its age", ms: 30 * dayMs, due: true },
  { what: "long after", ms: 300 * dayMs, due: true },
  { what: "with a clock behind the one that made the key", ms: -dayMs, due: false },
])("rotateAfter $what: due is $due", ({ ms, due }) => {
  const { replaces, notes } = ask(
    { ...state, rotateAfter: "30d" },
    { ...args, rotateAfter: "30d" },
    createdMs + ms,
  );
  expect(replaces).toEqual(due ? ["rotateAfter"] : []);
  expect(notes).toHaveLength(due ? 1 : 0);
});

it.each([
  { zone: "2026-03-01T00:00:00Z", ms: Date.UTC(2026, 1, 14), due: false },
  { zone: "2026-03-01T00:00:00Z", ms: Date.UTC(2026, 1, 15), due: true },
  { zone: "2026-03-01T05:30:00+05:30", ms: Date.UTC(2026, 1, 15) - 1, due: false },
  { zone: "2026-03-01T05:30:00+05:30", ms: Date.UTC(2026, 1, 15), due: true },
])("rotateBeforeExpiry 14d of $zone at $ms: due is $due", ({ zone, ms, due }) => {
  const both = { expiresIn: "59d", rotateBeforeExpiry: "14d" };
  const { replaces } = ask({ ...state, ...both, dateExpire: zone }, { ...args, ...both }, ms);
  expect(replaces).toEqual(due ? ["rotateBeforeExpiry"] : []);
});

it.each([
  { atMs: Date.UTC(2026, 1, 15), why: "it expires in 14 days, rotateBeforeExpiry is 14d" },
  { atMs: Date.UTC(2026, 1, 28, 23, 59, 59), why: "it expires in 1 second" },
  { atMs: Date.UTC(2026, 2, 1), why: "it has expired" },
])("the preview says why: $why", ({ atMs, why }) => {
  const both = { expiresIn: "59d", rotateBeforeExpiry: "14d" };
  const dateExpire = "2026-03-01T00:00:00Z";
  const { notes } = ask({ ...state, ...both, dateExpire }, { ...args, ...both }, atMs);
  expect(notes).toEqual([expect.stringContaining(why)]);
});

it("a key that is due by age and by expiry is replaced once, for both reasons", () => {
  const rules = { expiresIn: "60d", rotateBeforeExpiry: "40d", rotateAfter: "30d" };
  const dateExpire = "2026-03-02T00:00:00Z";
  const was = { ...state, ...rules, dateExpire };
  const { replaces, notes } = ask(was, { ...args, ...rules }, createdMs + 31 * dayMs);
  expect(replaces).toEqual(["rotateAfter", "rotateBeforeExpiry"]);
  expect(notes).toEqual([
    expect.stringContaining("it is 31 days old, rotateAfter is 30d"),
    expect.stringContaining("it expires in 29 days"),
  ]);
});

describe("an expired key with no rule to replace it draws a warning and nothing else", () => {
  const was = { ...state, expiresIn: "1d", dateExpire: "2026-01-02T00:00:00Z" };
  const is = { ...args, expiresIn: "1d" };

  it.each([
    { what: "a day late", atMs: Date.UTC(2026, 0, 3) },
    { what: "at once", atMs: Date.UTC(2026, 0, 2) },
  ])("$what", ({ atMs }) => {
    const { changes, notes } = ask(was, is, atMs);
    expect(changes).toBe(false);
    expect(notes.join()).toMatch(
      /^warning: API key "deployer-abcdefgh" expired at 2026-01-02T00:00:00Z/,
    );
  });

  it("but not before its time, nor where it is replaced for another reason", () => {
    expect(ask(was, is, Date.UTC(2026, 0, 2) - 1).notes).toEqual([]);
    expect(ask(was, { ...is, rotationTrigger: 1 }, Date.UTC(2026, 0, 3)).notes).toEqual([]);
  });
});

it("a replacement is a change, in which the old key never dies first", () => {
  const { changes, deleteBeforeReplace } = ask(state, { ...args, name: "other" }, createdMs);
  expect({ changes, deleteBeforeReplace }).toEqual({ changes: true, deleteBeforeReplace: false });
});

describe("asked without a check of this resource in this run, it answers that nothing changes", () => {
  it.each<{ what: string; was: Partial<KeyState>; is: Partial<KeyInputs> }>([
    { what: "with unknown values", was: {}, is: { userId: unknown, rotationTrigger: unknown } },
    { what: "with an age that is due", was: {}, is: { rotateAfter: "1d" } },
    { what: "with a trigger that is due", was: {}, is: { rotationTrigger: 1 } },
    { what: "with an unproven key", was: { isUnproven: true }, is: {} },
    { what: "with an expired key", was: { dateExpire: "2026-01-02T00:00:00Z" }, is: {} },
  ])("$what", ({ was, is }) => {
    const memory = createRunMemory();
    memory.noteDeclared({ ...args, resourceName: "other" }, true);
    const nowMs = createdMs + 30 * dayMs;
    expect(askUnchecked({ ...state, ...was }, { ...args, ...is }, nowMs, memory)).toEqual({
      changes: false,
      replaces: [],
      deleteBeforeReplace: false,
      notes: [],
    });
    expect(memory.isKnown(state.keyId)).toBe(true);
  });
});

describe("the run is told", () => {
  const recordedBy = (is: Partial<KeyInputs>) => {
    const memory = createRunMemory();
    ask(state, { ...args, ...is }, createdMs, memory);
    return memory;
  };

  it("which key state records", () => {
    expect(recordedBy({}).resource("deployer")?.recorded).toEqual(state);
  });

  it.each([
    { what: "is to be replaced", is: { name: "ci" }, predecessor: state },
    {
      what: "may be: replaceOnChanges turns an update into it",
      is: { verify: false },
      predecessor: state,
    },
    { what: "stays", is: {}, predecessor: undefined },
  ])("that it $what: a second check keeps it as predecessor, or not", ({ is, predecessor }) => {
    const memory = recordedBy(is);
    expect(memory.noteDeclared({ ...args, ...is }, false)).toBe(true);
    expect(memory.resource("deployer")?.recorded).toEqual(predecessor);
  });
});

describe("a key that another resource of the program holds as well", () => {
  const other = { ...args, resourceName: "other" };

  function shared(): RunMemory {
    const memory = createRunMemory();
    ask({ ...state, resourceName: "other" }, other, createdMs, memory);
    return memory;
  }

  it("draws a warning in every run", () => {
    const { changes, notes } = ask(state, args, createdMs, shared());
    expect(changes).toBe(false);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^warning: .*another resource of this program holds it too: other\./);
    expect(notes[0]).toContain("Remove one of the two resources from the program");
  });

  it("is not rotated", () => {
    const memory = shared();
    const rotate = () => ask(state, { ...args, rotationTrigger: 1 }, createdMs, memory);
    expect(rotate).toThrow(RefusedError);
    expect(rotate).toThrow(`could not rotate API key "${state.name}" (${state.keyId})`);
  });
});
