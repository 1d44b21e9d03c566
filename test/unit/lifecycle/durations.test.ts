import { describeDuration, parseDuration } from "../../../provider/lifecycle/duration";

it.each([
  ["30s", 30_000],
  ["90m", 5_400_000],
  ["12h", 43_200_000],
  ["90d", 7_776_000_000],
  ["2w", 1_209_600_000],
  ["1d 12h", 129_600_000],
  [" 1d12h ", 129_600_000],
])("%j is %d ms", (text, ms) => {
  expect(parseDuration(text)).toEqual({ ms });
});

it.each(["1 month", "3mo", "2 months", "1y", "1 year", "P1M", "1M"])(
  "%j is refused, because months and years differ in length",
  (text) => {
    expect(parseDuration(text)).toEqual({
      problem: expect.stringContaining("differ in length") as string,
    });
  },
);

it.each(["", "d", "90", "-1d", "1.5d", "0d", "soon", "1d,2h", "99999999d", "NaNd"])(
  "%j is refused with advice",
  (text) => {
    expect(parseDuration(text)).toHaveProperty("problem");
  },
);

it.each([
  [59_000, "59 seconds"],
  [60_000, "1 minute"],
  [86_399_999, "23 hours"],
  [31 * 86_400_000, "31 days"],
])("%d ms reads %s", (ms, text) => {
  expect(describeDuration(ms)).toBe(text);
});
