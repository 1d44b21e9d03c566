import fc from "fast-check";

import { atDepth } from "../support/depth";
import { type History, histories } from "./histories";
import { play } from "./play-history";
import { rules } from "./rules";

afterEach(() => jest.restoreAllMocks());

test.each(rules)("histories find it where this rule is broken: $rule", async (each) => {
  each.breakIt();
  const isFoundByChance = each.often !== undefined && atDepth({ gate: false, soak: true });
  const examples: [History][] =
    each.example === undefined || isFoundByChance ? [] : [[each.example]];
  const found = await fc.check(
    fc.asyncProperty(histories(each), (history) => play(history)),
    { seed: 20261126, numRuns: 1_500, examples, endOnFailure: true },
  );
  expect(found.errorInstance).toBeInstanceOf(Error);
  expect((found.errorInstance as Error).message).toMatch(each.found ?? /./);
});
