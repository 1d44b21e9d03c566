/** Durations as people write them: `90d`, `12h`, `1w 2d`. Months and years vary, so they are refused. */

const unitsMs: Record<string, number> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const durationAdvice =
  'write a number and a unit, such as "90d", "12h", "2w" or "1d 12h" (units: s, m, h, d, w)';

/** A century: longer is a slip of the keyboard. */
const longestMs = 36_525 * 86_400_000;

/** Milliseconds, or what is wrong with the text. Zero and less are wrong. */
export function parseDuration(text: string): { ms: number } | { problem: string } {
  const clean = text.trim();
  if (/^\d+(\.\d+)?\s*(mo|mon|month|months|y|yr|year|years|M|Y)$/.test(clean) || /^P/i.test(clean))
    return { problem: `months and years differ in length: ${durationAdvice}` };
  if (!/^(\d+[smhdw]\s*)+$/.test(clean)) return { problem: durationAdvice };
  let ms = 0;
  for (const [, count, unit] of clean.matchAll(/(\d+)([smhdw])/g))
    ms += Number(count) * (unitsMs[unit ?? ""] ?? NaN);
  if (!(ms > 0)) return { problem: `must be longer than nothing: ${durationAdvice}` };
  if (ms > longestMs) return { problem: "must be shorter than a hundred years" };
  return { ms };
}

/** Milliseconds of a duration that check has accepted. */
export function durationMs(text: string): number {
  const parsed = parseDuration(text);
  if ("problem" in parsed) throw new RangeError(`"${text}" is no duration: ${parsed.problem}`);
  return parsed.ms;
}

/** A length of time for people: `31 days`, `5 hours`. Rounded down to the largest fitting unit. */
export function describeDuration(ms: number): string {
  const [name, unitMs] = (
    [
      ["day", 86_400_000],
      ["hour", 3_600_000],
      ["minute", 60_000],
    ] as const
  ).find(([, unit]) => ms >= unit) ?? ["second", 1_000];
  const count = Math.floor(ms / unitMs);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
