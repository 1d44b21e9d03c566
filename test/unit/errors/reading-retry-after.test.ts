import { parseRetryAfterMs } from "../../../provider/vultr/failures";

const nowMs = Date.UTC(2026, 10, 1, 12, 0, 0);

describe("Retry-After in milliseconds", () => {
  it.each<[string | undefined, number | undefined]>([
    ["7", 7_000],
    [" 7 ", 7_000],
    ["0", 0],
    ["0.0001", 1], // rounded up: never shortened
    ["1.5", 1_500],
    ["86400", 86_400_000],
    ["Sun, 01 Nov 2026 12:00:09 GMT", 9_000],
    ["Sunday, 01-Nov-26 12:00:09 GMT", 9_000],
    ["Sun Nov  1 12:00:09 2026", 9_000], // without a zone it is GMT all the same
    ["Sun, 01 Nov 2026 11:59:59 GMT", 0],
    [undefined, undefined],
    ["", undefined],
    ["  ", undefined],
    ["-1", undefined],
    ["soon", undefined],
    ["in 5 seconds", undefined],
    ["-1 Nov 2026 12:00:09 GMT", undefined],
    ["Sun, 99 Nov 2026 12:00:09 GMT", undefined],
    ["7, 9", undefined],
    ["1e3", undefined],
    ["Infinity", undefined],
  ])("%j: %p", (value, expected) => {
    expect(parseRetryAfterMs(value, nowMs)).toBe(expected);
  });
});
