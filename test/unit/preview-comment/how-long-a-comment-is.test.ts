import { commentOn, keyStep, preview } from "./previews";

/** GitHub's limit in characters. */
const limit = 65_536;

/** Of the names that come first in the alphabet, the least important. */
const many = (op: string, count: number, prefix = "") =>
  Array.from({ length: count }, (_, at) =>
    keyStep({ op, name: `${prefix}${op}-${String(at).padStart(4, "0")}` }),
  );

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
  const longest = (name: string) => "🗝".repeat(70) + name;
  const soon = { dateExpire: "2026-07-02T00:00:00Z" };
  const keys = Array.from({ length: 60 }, (_, at) => [
    keyStep({ op: "same", name: longest(`a${at}`), outputs: soon }),
    keyStep({
      op: "refresh",
      name: `${at}${longest("")}`,
      old: { delete: true },
      outputs: { keyId: longest("") },
    }),
    ...[0, 1].map((slot) =>
      keyStep({ op: "replace", ring: `${at}${longest("")}`, name: `${at}${longest("")}-${slot}` }),
    ),
  ]).flat();
  const diagnostics = Array.from({ length: 60 }, (_, at) => ({
    message: `${at} ${"🗝`".repeat(2_000)}`,
    severity: "error",
  }));
  const outputs = Object.fromEntries(
    Array.from({ length: 60 }, (_, at) => [`${at}${longest("")}`, "A".repeat(36)]),
  );
  const comment = await commentOn(preview(keys, { diagnostics, outputs }));
  expect(comment.length).toBeLessThan(limit);
  expect(comment).toContain("**Left out, for want of room:**");
});
