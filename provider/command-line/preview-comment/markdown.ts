/**
 * Markdown out of text that nobody has vetted: names, triggers and error messages come from a program
 * under review. Whatever is shown goes through {@link code} or {@link codeBlock}, which redact it, and
 * in which nothing is a table border, a tag, a link or a mention.
 */
import { stripVTControlCharacters } from "node:util";

import { oneLine, redact, withoutFormatting } from "../../vultr/redact";

/** Longest shown value in characters. */
const longestValue = 60;

/** `raw` as inline code, on one line, redacted, then shortened. Safe in a table cell. */
export function code(raw: string, longest = longestValue): string {
  const text = shorten(oneLine(raw), longest);
  if (text === "") return "(empty)";
  if (plain.test(text)) return `\`${text}\``;
  // A code span cannot hold every character inside a table. Entities can, and they mark nothing up.
  return `<code>${text.replace(/[^\p{L}\p{N} ]/gu, (character) => `&#${String(character.codePointAt(0))};`)}</code>`;
}

/** Nothing here ends a code span or a table cell. */
const plain = /^[\p{L}\p{N} .,:;/@_+=(){}[\]"'#!?%*~…-]+$/u;

/** Cuts between characters, and says so by `…`. Only for text that is redacted: half a key is no shape. */
function shorten(text: string, longest: number): string {
  const characters = Array.from(text);
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join("")}…`;
}

/** A message of several lines, redacted, then cut to `longest` characters. */
export function messageText(raw: string, longest: number): string {
  const lines = stripVTControlCharacters(raw)
    .split(/\r\n|[\n\r\p{Zl}\p{Zp}]/u)
    .map((line) => withoutFormatting(line.replace(/\p{Cc}/gu, " ")).trimEnd());
  return shorten(redact(lines.join("\n")).trim(), longest);
}

/** A fence that `text` cannot close. `text` comes from {@link messageText}. */
export function codeBlock(text: string): string {
  const runs = Array.from(text.matchAll(/`+/g), ([run]) => run.length);
  const fence = "`".repeat(Math.max(2, ...runs) + 1);
  return `${fence}text\n${text}\n${fence}`;
}

export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

export function tableHead(columns: readonly string[]): string {
  return [tableRow(columns), tableRow(columns.map(() => "---"))].join("\n");
}

/** A coloured box at GitHub and GitLab; elsewhere a quotation. */
export function alert(kind: "WARNING" | "CAUTION", lines: readonly string[]): string {
  return [`[!${kind}]`, ...lines].map((line) => (line === "" ? ">" : `> ${line}`)).join("\n");
}

/** `a`, `a and b`, `a, b and c`. */
export function enumerate(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;
}

/** At most `most` lines; the last one then says how many there are besides. */
export function atMost(lines: readonly string[], most: number, rest: string): string[] {
  if (lines.length <= most) return [...lines];
  return [...lines.slice(0, most), `- … and ${lines.length - most} more${rest}`];
}
