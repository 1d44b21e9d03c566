/** The table of keys: one row each, short enough for a comment. */
import { type KeyEvent, keyEvents, type KeyStory } from "./key-stories";
import { code, tableHead, tableRow } from "./markdown";
import { expiryCell, oldKeyFate } from "./old-keys";
import { reasonsOf } from "./reasons";
import { containsUnknown, shortId } from "./values";

/** In the order in which a headline counts. */
const eventWords: Record<KeyEvent, string> = {
  created: "created",
  rotated: "rotated",
  revoked: "revoked",
  released: "released",
  adopted: "adopted",
  open: "decided during `pulumi up`",
  changed: "changed in place",
  kept: "kept",
  read: "looked up, not managed",
};

/** `1 created, 2 rotated`; empty for no keys. */
export function countEvents(stories: readonly KeyStory[]): string {
  return Object.entries(eventWords)
    .map(([event, words]) => ({
      words,
      number: stories.filter((story) => story.event === event).length,
    }))
    .filter(({ number }) => number > 0)
    .map(({ words, number }) => `${number} ${words}`)
    .join(", ");
}

/** Does anything happen to the key, or may it? */
export function isTouched({ event }: KeyStory): boolean {
  return event !== "kept" && event !== "read";
}

/** The resource, or the ring and its slot. */
export function labelOf({ name, ring }: KeyStory): string {
  return ring === undefined ? code(name) : `ring ${code(ring.name)}, slot ${ring.slot}`;
}

/** Whose key it is: as the program says, by e-mail address or by id. */
function ownerOf({ old, new: next }: KeyStory): string {
  const { userEmail, userId } = next?.inputs ?? old?.inputs ?? {};
  const owner = userEmail ?? userId ?? old?.outputs?.["userId"];
  if (typeof owner !== "string") return "";
  return containsUnknown(owner) ? "" : `<br>of ${code(shortId(owner))}`;
}

/**
 * The rows of all that is touched, by name. Where they do not fit, those that matter least are left
 * out, and a line says how many.
 *
 * @param room in characters
 */
export function keyTable(
  touched: readonly KeyStory[],
  all: readonly KeyStory[],
  options: { isDestroy: boolean; room: number },
): string {
  const { isDestroy, room } = options;
  return table(touched, room, [
    { title: "Key", cellOf: (story) => `${labelOf(story)}${ownerOf(story)}` },
    { title: "What happens", cellOf: ({ event }) => `**${eventWords[event]}**` },
    { title: "Why", cellOf: (story) => reasonsOf(story, all, isDestroy).join("; ") },
    { title: "The old key", cellOf: (story) => oldKeyFate(story, all, isDestroy) },
    { title: "The key expires", cellOf: expiryCell },
  ]);
}

/** The rows of keys to which nothing happens, folded away. */
export function quietTable(quiet: readonly KeyStory[], room: number): string {
  const summary = `<details><summary>${countEvents(quiet)}</summary>`;
  const end = "</details>";
  const rows = table(quiet, room - summary.length - end.length - 4, [
    { title: "Key", cellOf: labelOf },
    { title: "Owner", cellOf: (story) => ownerOf(story).replace("<br>of ", "") },
    { title: "The key expires", cellOf: expiryCell },
  ]);
  return [summary, "", rows, "", end].join("\n");
}

interface Column {
  title: string;
  /** Markdown that is safe in a table. */
  cellOf: (story: KeyStory) => string;
}

/** Room for the line that says what was left out, in characters. */
const roomForRest = 200;

/** Without the columns that would be empty. */
function table(stories: readonly KeyStory[], room: number, columns: readonly Column[]): string {
  const filled = columns.filter(({ cellOf }) => stories.some((story) => cellOf(story) !== ""));
  const head = tableHead(filled.map(({ title }) => title));
  const rows = new Map(
    stories.map((story) => [story, tableRow(filled.map(({ cellOf }) => cellOf(story)))]),
  );
  const shown = mostImportant(rows, room - head.length - roomForRest);
  const hidden = stories.filter((story) => !shown.has(story));
  const lines = stories.flatMap((story) => (shown.has(story) ? [rows.get(story) ?? ""] : []));
  const rest = `**Left out, for want of room:** ${countEvents(hidden)}.`;
  return [
    ...(lines.length > 0 ? [head, ...lines] : []),
    ...(hidden.length > 0 ? ["", rest] : []),
  ].join("\n");
}

function mostImportant(rows: ReadonlyMap<KeyStory, string>, room: number): Set<KeyStory> {
  const byImportance = [...rows].sort(
    ([a], [b]) => keyEvents.indexOf(a.event) - keyEvents.indexOf(b.event),
  );
  const shown = new Set<KeyStory>();
  let left = room;
  for (const [story, row] of byImportance) {
    left -= row.length + 1;
    if (left < 0) break;
    shown.add(story);
  }
  return shown;
}
