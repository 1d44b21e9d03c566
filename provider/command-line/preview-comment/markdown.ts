/**
 * Markdown out of text that nobody has checked: names, triggers and error messages come from a program
 * under review. Whatever is shown goes through {@link code} or {@link codeBlock}. Both redact it, and in
 * neither is anything a table border, a tag, a link or a mention.
 */
import { stripVTControlCharacters } from "node:util";

import { containsUnknown } from "../../keys/engine-values";
import { isTime } from "../../keys/inputs";
import { oneLine, redact, withoutCommands, withoutFormatting } from "../../vultr/redact";

/** `raw` as inline code on one line, redacted, then cut to 60 characters. Safe in a table cell. */
export function code(raw: string): string {
  const text = shorten(oneLine(raw), 60);
  if (text === "") return "(empty)";
  // Nothing here ends a code span or a table cell.
  if (/^[\p{L}\p{N} .,:;/@_+=(){}[\]"'#!?%*~…-]+$/u.test(text)) return `\`${text}\``;
  // A code span cannot hold every character inside a table. Entities can, and they mark nothing up.
  return `<code>${text.replace(/[^\p{L}\p{N} ]/gu, (character) => `&#${String(character.codePointAt(0))};`)}</code>`;
}

/** Cuts between characters, and says so by `…`. Only for redacted text: half a key is not recognised as one. */
function shorten(text: string, longest: number): string {
  const characters = Array.from(text);
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join("")}…`;
}

/** A message of several lines, redacted, then cut to `longest` characters. */
export function messageText(raw: string, longest = Infinity): string {
  const lines = stripVTControlCharacters(raw)
    .split(/\r\n|[\n\r\p{Zl}\p{Zp}]/u)
    .map((line) => withoutFormatting(line.replace(/\p{Cc}/gu, " ")).trimEnd())
    .map(withoutCommands);
  return shorten(redact(lines.join("\n")).trim(), longest);
}

/** A fence that `text` cannot close. `text` comes from {@link messageText}. */
export function codeBlock(text: string): string {
  const runs = Array.from(text.matchAll(/`+/g), ([run]) => run.length);
  const fence = "`".repeat(Math.max(2, ...runs) + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** A coloured box at GitHub and GitLab; elsewhere a quotation. */
export function alert(kind: "WARNING" | "CAUTION", text: string): string {
  return `[!${kind}]\n${text}`.replace(/^/gm, "> ").replace(/ $/gm, "");
}

/** A title and a line for each item, at most `most` of them; nothing without items. */
export function list(title: string, items: readonly string[], most: number): string[] {
  if (items.length === 0) return [];
  const more = items.length > most ? [`… and ${items.length - most} more`] : [];
  return [[title, "", ...[...items.slice(0, most), ...more].map((item) => `- ${item}`)].join("\n")];
}

/** What the engine prints for a secret. */
export const secretMark = "[secret]";

/** An arg or output. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return "not set";
  if (containsUnknown(value)) return "known only during `pulumi up`";
  const isText = typeof value === "string" && Number.isNaN(Number(value)); // "1" is not 1
  return code(isText ? value : JSON.stringify(value));
}

/** The day of an RFC 3339 time, in UTC; anything else as it is. */
export function day(value: unknown): string {
  const ms = timeMs(value);
  return ms === undefined ? shown(value) : new Date(ms).toISOString().slice(0, 10);
}

/** Milliseconds since the epoch of an RFC 3339 time; undefined for anything else. */
export function timeMs(value: unknown): number | undefined {
  return typeof value === "string" && isTime(value) ? Date.parse(value) : undefined;
}
