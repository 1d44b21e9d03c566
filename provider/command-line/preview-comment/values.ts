/** Args and outputs as a comment shows them. */
import { oneLine } from "../../vultr/redact";
import { code } from "./markdown";

/**
 * What stands for a value that a preview does not know. The SDK's `runtime.unknownValue`, which a test
 * compares; importing it would load all of the SDK.
 */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What the engine prints for a secret. */
export const secretMark = "[secret]";

/** Longest shown trigger in characters. */
const longestTrigger = 40;

export function containsUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(containsUnknown);
}

/** `old → new`. */
export function transition(from: unknown, to: unknown): string {
  const areTexts = [from, to].every((value) => typeof value === "string" || !isGiven(value));
  const [old, next] = apart(written(from, areTexts), written(to, areTexts));
  const shownOld = isGiven(from) ? code(old, longestTrigger) : "not set";
  if (!isGiven(to)) return `${shownOld} → not set`;
  if (containsUnknown(to)) return `${shownOld} → known only during \`pulumi up\``;
  // Two secrets look alike.
  return `${shownOld} → ${isGiven(from) && old === next ? "another one" : code(next, longestTrigger)}`;
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/**
 * Redacted, so that it may be cut. Strings go without quotes, unless `1` would then look like `"1"`.
 */
function written(value: unknown, areTexts: boolean): string {
  if (typeof value === "string" && (areTexts || value === secretMark)) return oneLine(value);
  return isGiven(value) ? oneLine(JSON.stringify(value)) : "";
}

/** Where two long values begin alike, the part in which they differ. */
function apart(a: string, b: string): [string, string] {
  const [from, to] = [Array.from(a), Array.from(b)];
  const at = from.findIndex((character, index) => character !== to[index]);
  if (at < longestTrigger - 5 || Math.max(from.length, to.length) <= longestTrigger) return [a, b];
  const end = (all: string[]) => `…${all.slice(at - 5).join("")}`;
  return [end(from), end(to)];
}

/** The day of an RFC 3339 time, in UTC. */
export function day(value: unknown): string {
  if (value === secretMark) return code(secretMark);
  const ms = timeMs(value);
  return ms === undefined ? code(written(value, true)) : dayOf(ms);
}

export function dayOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "a distant day" : date.toISOString().slice(0, 10);
}

/** Milliseconds since the epoch of an RFC 3339 time; undefined for anything else. */
export function timeMs(value: unknown): number | undefined {
  // Date.parse finds a date in almost any text with a number.
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/i.test(value))
    return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}

/** An id is recognised by its beginning. */
export function shortId(id: string): string {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(id) ? `${id.slice(0, 8)}…` : id;
}
