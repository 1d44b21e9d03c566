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

it.each([
  "1 month",
  "3mo",
  "12mon",
  "2 months",
  "1y",
  "2yr",
  "1 year",
  "1.5  years",
  "10.25Y",
  "P1M",
  "p90d",
  "1M",
])("%j is refused, because months and years differ in length", (text) => {
  expect(parseDuration(text)).toEqual({
    problem: expect.stringContaining("differ in length") as string,
  });
});

it.each([
  "",
  "d",
  "90",
  "-1d",
  "1.5d",
  "soon",
  "1d,2h",
  "NaNd",
  "1d!",
  "x1d",
  "1 d",
  "12 mP",
  "in 3 months",
  "3 months!",
])("%j is refused with advice", (text) => {
  expect(parseDuration(text)).toEqual({
    problem: expect.stringMatching(/^write a number and a unit/) as string,
  });
});

it.each(["0d", "0d 0s"])("%j is refused, because a key must live", (text) => {
  expect(parseDuration(text)).toEqual({
    problem: expect.stringContaining("longer than nothing") as string,
  });
});

it.each(["36525d 1s", "99999999d", `${"9".repeat(400)}d`])("%.20s is refused as a slip", (text) => {
  expect(parseDuration(text)).toEqual({ problem: "must be shorter than a hundred years" });
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
