/** What to say to somebody who misspelt a name: which one may be meant. */
import { isApiKeyShaped, oneLine } from "./vultr/redact";

/** Says that a resource has no such arg, and which it has. */
export function notAnArg(wrong: string, args: readonly string[]): string {
  return `${shown(wrong)} is not one of its args (${args.join(", ")})${didYouMean(wrong, args)}`;
}

/** A property's name as it is safe to print: short, one line, no key pasted in the wrong place. */
function shown(name: string): string {
  if (isApiKeyShaped(name)) return "a property named like an API key";
  const line = oneLine(name);
  return `"${line.length > 60 ? `${line.slice(0, 60)}…` : line}"`;
}

/** The end of a message about a misspelt name: which of `names` may be meant; nothing if none is near. */
export function didYouMean(wrong: string, names: readonly string[]): string {
  const nearest = nearestName(wrong.slice(0, 60), names);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

/** Of `names`, the one that `wrong` is nearest to; undefined if none is near. Case and underscores do not count. */
function nearestName(wrong: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, edits: editsBetween(plain(wrong), plain(name)) }))
    .filter(({ name, edits }) => edits <= Math.min(3, name.length / 3))
    .sort((a, b) => a.edits - b.edits);
  return best?.name;
}

const plain = (name: string) => name.replace(/[_-]/g, "").toLowerCase();

/** How many letters must be added, removed or changed to make one word of the other. */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const letter of from) {
    const above = row;
    row = [(above[0] ?? 0) + 1];
    for (let at = 1; at <= to.length; at += 1) {
      const changed = (above[at - 1] ?? 0) + (to[at - 1] === letter ? 0 : 1);
      row.push(Math.min(changed, (above[at] ?? 0) + 1, (row[at - 1] ?? 0) + 1));
    }
  }
  return row[to.length] ?? 0;
}
