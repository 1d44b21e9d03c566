import { commentOn, keyStep, preview } from "./previews";

/** GitHub's limit in characters. */
const limit = 65_536;

const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

/** Of the names that come first in the alphabet, the least important. */
const many = (op: string, count: number, prefix = "") =>
  times(count, (at) => keyStep({ op, name: `${prefix}${op}-${String(at).padStart(4, "0")}` }));

const rowsOf = (comment: string, word: string) =>
  comment.split("\n").filter((line) => line.includes(`| **${word}** |`)).length;

test("of very many keys the important rows stay, and the rest is counted", async () => {
  const steps = [
    ...many("same", 2_000, "a-"),
    ...many("update", 500, "b-"),
    ...many("create", 200, "c-"),
    ...many("replace", 100, "d-"),
    ...many("delete", 50, "e-"),
  ];
  const comment = await commentOn(preview(steps));
  expect(comment.length).toBeLessThan(limit);
  expect(comment.length).toBeGreaterThan(50_000);
  expect(comment).toContain(
    ": 50 revoked, 100 rotated, 200 created, 500 changed in place, 2000 kept\n",
  );
  const words = ["revoked", "rotated", "created"];
  expect(words.map((word) => rowsOf(comment, word))).toEqual([50, 100, 200]);
  const changed = rowsOf(comment, "changed in place");
  expect(changed).toBeGreaterThan(0);
  expect(comment).toContain(`**Left out, for want of room:** ${500 - changed} changed in place.`);
});

test("rows that fit are all shown", async () => {
  const comment = await commentOn(preview(many("replace", 200)));
  expect(rowsOf(comment, "rotated")).toBe(200);
  expect(comment).not.toContain("Left out");
});

test("the limit holds for the longest texts everywhere at once", async () => {
  const long = "🗝".repeat(70);
  const soon = { dateExpire: "2026-07-02T00:00:00Z" };
  const pending = { old: { delete: true }, outputs: { keyId: long } };
  const keys = times(60, (at) => [
    keyStep({ op: "same", name: `${long}a${at}`, outputs: soon }),
    keyStep({ op: "refresh", name: `${at}${long}`, ...pending }),
    ...[0, 1].map((slot) =>
      keyStep({ op: "replace", ring: `${at}${long}`, name: `${at}${long}-${slot}` }),
    ),
  ]).flat();
  const messages = times(60, (at) => `${at} ${"🗝`".repeat(2_000)}`);
  const diagnostics = messages.map((message) => ({ message, severity: "error" }));
  const outputs = Object.fromEntries(times(60, (at) => [`${at}${long}`, "A".repeat(36)]));
  const comment = await commentOn(preview(keys, { diagnostics, outputs }));
  expect(comment.length).toBeLessThan(limit);
  expect(comment).toContain("**Left out, for want of room:**");
});
