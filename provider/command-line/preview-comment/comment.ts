/** Puts the comment together: a headline, the warnings, the table of keys, what to know besides. */
import { endNote, expiringList, expiryOf, holderWarning, oldKeyFate } from "./lifetime";
import { code, codeBlock, messageText, shown } from "./markdown";
import { plaintextWarning } from "./plaintexts";
import type { Preview } from "./preview";
import { overlapOf, ringWarning } from "./rings";
import { eventWords, type KeyStory, quietEvents, storiesOf } from "./story";
import { reasonsOf } from "./why";

/** The first line of every comment, by which a pipeline finds the one to update. */
const marker = "<!-- pulumi-vultr-user-api-key -->";

/** Longest comment in characters. GitHub takes 65,536. */
const longestComment = 60_000;

/**
 * Markdown, without a line break at its end. The same preview at the same time gives the same text.
 *
 * @param withinMs how soon an expiry is told of
 * @param nowMs since the epoch
 */
export function commentOf(preview: Preview, withinMs: number, nowMs: number): string {
  const { stack, isFailed, isPartial } = preview;
  const warning = plaintextWarning(preview); // first: it makes known what is to be redacted
  const all = storiesOf(preview);
  const touched = all.filter(({ event }) => !quietEvents.includes(event));
  const subject = stack === undefined ? "Vultr API keys" : `Vultr API keys of ${code(stack)}`;
  const events = [...(touched.length > 0 ? [] : ["nothing changes"]), ...count(all)].join(", ");
  const before = [
    `### ${subject}: ${isFailed ? "the preview failed, nothing was changed" : events}`,
    ...(isFailed ? [failure(preview)] : []),
    ...warning,
    ...ringWarning(all),
    ...holderWarning(all),
    ...(isFailed && touched.length > 0 ? [`Until it failed, it had found: ${events}.`] : []),
  ];
  const partialNote =
    "_Made without `--show-sames`: keys that stay as they are, when those expire, and what a targeted run leaves with an old key, are not in it._";
  const blindSpot =
    "<details><summary>What a preview cannot show</summary>\n\nOutputs that the stack gets in this run, and values that only `pulumi up` knows: if a key becomes readable there in plaintext, the next preview finds it.\n\n</details>";
  const after = [
    ...endNote(touched),
    ...expiringList(all, withinMs, nowMs),
    ...(isPartial ? [partialNote] : []),
    ...(all.length > 0 || isPartial ? [blindSpot] : []),
  ];
  const room = longestComment - [...before, ...after].join("\n\n").length;
  const table = keyTable(touched, all, room);
  return [marker, [...before, ...table, ...after].join("\n\n")].join("\n");
}

/** `1 rotated`, `2 created`. */
function count(stories: readonly KeyStory[]): string[] {
  const groups = Map.groupBy(stories, ({ event }) => event);
  return Array.from(groups, ([event, { length }]) => `${length} ${eventWords[event]}`);
}

/** The errors in the engine's words, sorted because parallel runs report them in any order. */
function failure({ errors }: Preview): string {
  const texts = [...new Set(errors.map(errorText))];
  const telling = texts.filter((text) => text !== "" && text !== "preview failed").sort();
  if (telling.length === 0)
    return (
      "Its JSON does not say why; a violated policy, for one, leaves no trace there. " +
      "Run `pulumi preview` without `--json` to read it."
    );
  const more = telling.length > 8 ? [`… and ${telling.length - 8} more errors`] : [];
  return codeBlock([...telling.slice(0, 8), ...more].join("\n\n"));
}

/** Without what tells a reviewer nothing: the frames of a stack trace, and the program's folder. */
function errorText(message: string): string {
  const text = messageText(message.replace(/^error: /, ""));
  const folder = /^Running program '(.*[/\\])[^/\\']*'/.exec(text)?.[1];
  const lines = (folder === undefined ? text : text.replaceAll(folder, "")).split("\n");
  return messageText(lines.filter((line) => !/^\s+at\s/.test(line)).join("\n"), 1_500);
}

/**
 * A row for each key that is touched, without the columns that would be empty. If the rows do not fit, the
 * last ones are left out, and a line says how many.
 *
 * @param room in characters
 */
function keyTable(touched: readonly KeyStory[], all: readonly KeyStory[], room: number): string[] {
  const columns: Record<string, (story: KeyStory) => string> = {
    Key: ({ label, args }) => `${label}<br>of ${shown(args["userEmail"] ?? args["userId"])}`,
    "What happens": ({ event }) => `**${eventWords[event]}**`,
    Why: (story) => reasonsOf(story, all).join("; "),
    "The old key": (story) => [...oldKeyFate(story), ...overlapOf(story, all)].join("; "),
    "The key expires": expiryOf,
  };
  const filled = Object.entries(columns).filter(([, cellOf]) => touched.some(cellOf));
  const row = (cells: string[]) => `| ${cells.join(" | ")} |\n`;
  const head = row(filled.map(([title]) => title)) + row(filled.map(() => "---"));
  const rows = touched.map((story) => row(filled.map(([, cellOf]) => cellOf(story))));
  let left = room - head.length - 200; // for the line on what is left out
  const shownRows = rows.filter((text) => (left -= text.length) >= 0);
  const hidden = touched.slice(shownRows.length);
  return [
    ...(shownRows.length > 0 ? [(head + shownRows.join("")).trimEnd()] : []),
    ...(hidden.length > 0 ? [`**Left out, for want of room:** ${count(hidden).join(", ")}.`] : []),
  ];
}
