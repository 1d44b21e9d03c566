import { diff } from "../../../provider/lifecycle/diff";
import type { KeyInputs } from "../../../provider/lifecycle/inputs";
import type { KeyState } from "../../../provider/lifecycle/state";

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

function answer(was: Partial<KeyState>, is: Partial<KeyInputs>, atMs = createdMs) {
  const { replaces, changes } = diff({ ...state, ...was }, { ...args, ...is }, atMs);
  if (replaces.length > 0) return `replace for ${replaces.join(", ")}`;
  return changes ? "update" : "nothing";
}

interface Case {
  what: string;
  was: Partial<KeyState>;
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
  { what: "another name", was: {}, is: { name: "ci" }, answer: "replace for name" },
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
    answer: "nothing",
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
  { what: "an age that is not reached", was: {}, is: { rotateAfter: "30d" }, answer: "update" },
  {
    what: "the expiry of an adopted key",
    was: { adoptKeyId: state.keyId, name: "by hand", dateExpire: "2031-06-30T00:00:00Z" },
    is: {},
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
  const { replaces, notes } = diff(
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
  const { replaces } = diff({ ...state, ...both, dateExpire: zone }, { ...args, ...both }, ms);
  expect(replaces).toEqual(due ? ["rotateBeforeExpiry"] : []);
});

it("an expired key with no rule to replace it draws a warning and nothing else", () => {
  const { replaces, notes } = diff(
    { ...state, expiresIn: "1d", dateExpire: "2026-01-02T00:00:00Z" },
    { ...args, expiresIn: "1d" },
    Date.UTC(2026, 0, 3),
  );
  expect(replaces).toEqual([]);
  expect(notes.join()).toMatch(
    /^warning: API key "deployer-abcdefgh" expired at 2026-01-02T00:00:00Z/,
  );
});
