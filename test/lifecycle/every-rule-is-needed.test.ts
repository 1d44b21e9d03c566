import fc from "fast-check";

import { histories } from "./histories";
import { play } from "./play-history";
import { rules } from "./rules";

afterEach(() => jest.restoreAllMocks());

test.each(rules)("histories find it where this rule is broken: $rule", async (each) => {
  each.breakIt();
  const result = await fc.check(
    fc.asyncProperty(histories(each.focus), (history) => play(history)),
    {
      seed: 20261126,
      numRuns: 1_500,
      examples: each.example === undefined ? [] : [[each.example]],
      endOnFailure: true,
    },
  );
  expect(result.errorInstance).toBeInstanceOf(Error);
  expect((result.errorInstance as Error).message).toMatch(each.found);
});
