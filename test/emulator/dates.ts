/** Dates as clients write them and as the emulated API gives them back. */
import type { Switches } from "./switches";

/** Milliseconds since the epoch; NaN if unreadable. A date that names no zone is UTC. */
export function msOfDate(date: string): number {
  const isZoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(date) && date.includes(":");
  return Date.parse(isZoned ? date : `${date}Z`);
}

/** In whole seconds; an unreadable date comes back as it was stored. */
export function formatDate(date: string, form: Switches["dateForm"]): string {
  const ms = msOfDate(date);
  if (Number.isNaN(ms)) return date;
  const plain = new Date(ms).toISOString().slice(0, 19);
  return plain + { zulu: "Z", offset: "+00:00", "no-zone": "" }[form];
}
