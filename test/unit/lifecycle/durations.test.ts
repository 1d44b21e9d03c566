import { describeDuration, durationMs, parseDuration } from "../../../provider/keys/duration";

it.each([
  ["30s", 30_000],
  ["90m", 5_400_000],
  ["12h", 43_200_000],
  ["90d", 7_776_000_000],
  ["2w", 1_209_600_000],
  ["1d 12h", 129_600_000],
  [" 1d12h ", 129_600_000],
  ["1d   12h", 129_600_000],
  ["36525d", 3_155_760_000_000], // a century, the longest
])("%j is %d ms", (text, ms) => {
  expect(parseDuration(text)).toEqual({ ms });
});

const months = ["1 month", "3mo", "12mon", "2 months", "1M", "P1M", "p90d"];
const years = ["1y", "2yr", "1 year", "1.5  years", "10.25Y"];
const noUnits = ["", "d", "90", "-1d", "1.5d", "soon", "1d,2h", "NaNd", "1d!", "x1d", "1 d"];
const notQuiteMonths = ["12 mP", "in 3 months", "3 months!"];
const slips = ["36525d 1s", "99999999d", `${"9".repeat(400)}d`];

describe.each([
  { problem: /^months and years differ in length: write a number/, texts: [...months, ...years] },
  { problem: /^write a number and a unit/, texts: [...noUnits, ...notQuiteMonths] },
  { problem: /^must be longer than nothing/, texts: ["0d", "0d 0s"] },
  { problem: /^must be shorter than a hundred years$/, texts: slips },
])("refused: $problem", ({ problem, texts }) => {
  it.each(texts)("%j", (text) => {
    expect(parseDuration(text)).toEqual({ problem: expect.stringMatching(problem) as string });
  });
});

it("a duration that was accepted is read without more ado, and another one is a bug", () => {
  expect(durationMs("2d")).toBe(172_800_000);
  expect(() => durationMs("soon")).toThrow(RangeError);
});

it.each([
  [999, "0 seconds"],
  [1_999, "1 second"],
  [59_000, "59 seconds"],
  [60_000, "1 minute"],
  [3_599_999, "59 minutes"],
  [3_600_000, "1 hour"],
  [86_399_999, "23 hours"],
  [86_400_000, "1 day"],
  [31 * 86_400_000, "31 days"],
])("%d ms reads %s", (ms, text) => {
  expect(describeDuration(ms)).toBe(text);
});
