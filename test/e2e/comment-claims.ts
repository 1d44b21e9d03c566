/** What a comment says of each key, compared with what Vultr and the state have before and after the run. */
import { nameOf } from "../../provider/urn";
import type { Scene } from "../support/scene";

interface Row {
  resource: string;
  event: string;
  why: string;
  fate: string;
}

export function rowsOf(comment: string): Row[] {
  const [titles = [], , ...rows] = (comment.match(/^\|.*(?=\|$)/gm) ?? []).map((line) =>
    line.slice(2).split(" | "),
  );
  return rows.map((cells) => {
    const cell = (title: string) => (cells[titles.indexOf(title)] ?? "").trim();
    const key = cell("Key").replace(/<br>.*/, "");
    const resource = key.replace(/^ring `(.*)`, slot (\d+)$/, "`$1-$2`").replaceAll("`", "");
    const event = cell("What happens").replaceAll("**", "");
    return { resource, event, why: cell("Why"), fate: cell("The old key") };
  });
}

interface Moment {
  /** Ids of keys by the resource that has them now. */
  held: ReadonlyMap<string, string>;
  live: ReadonlySet<string>;
}

export async function momentOf({
  keysInState,
  vultr,
}: Pick<Scene, "keysInState" | "vultr">): Promise<Moment> {
  const current = (await keysInState()).filter((each) => each.delete !== true);
  return {
    held: new Map(current.map(({ urn, id = "" }) => [nameOf(urn), id.split("/")[1] ?? ""])),
    live: new Set(vultr.liveKeys().map(({ id }) => id)),
  };
}

const leftover = "left by an earlier run";

/** Every claim of a comment that the run has made false. */
export function falseClaims(
  comment: string,
  before: Moment,
  after: Moment,
  hasFailed: boolean,
): string[] {
  const rows = rowsOf(comment);
  const formerOf = ({ why }: Row) => /^has the key of `([^`]*)`/.exec(why)?.[1];
  const rowsOfRun = rows.filter(({ event }) => event !== leftover);
  const told = new Set(rowsOfRun.flatMap((row) => [row.resource, formerOf(row) ?? []].flat()));
  const kept = [...before.held].filter(([name]) => !told.has(name));
  const title = comment.split("\n")[1] ?? "";
  const count = (words: string) => Number(new RegExp(`(\\d+) ${words}`).exec(title)?.[1] ?? 0);
  const wrong: string[] = [];
  const claim = (text: string, holds: boolean) => {
    if (!holds) wrong.push(text);
  };

  claim(`${title}: kept are ${kept.length}`, count("kept") === kept.length);
  for (const [name, id] of kept) {
    claim(`${name} is kept`, after.held.get(name) === id);
    claim(`the key of ${name} stays`, after.live.has(id) === before.live.has(id));
  }
  const alike = (event: string) => rows.filter((row) => row.event === event).length;
  for (const { event } of rows) claim(`${title}: ${event}`, count(event) === alike(event));
  const unforeseen = [...after.held.keys()].filter(
    (name) => !before.held.has(name) && !told.has(name),
  );
  claim(`nothing is said of ${unforeseen.join(", ")}`, unforeseen.length === 0);

  for (const row of rows) {
    const { resource, event, why, fate } = row;
    const said = `${resource} is ${event} (${why}): ${fate}`;
    const now = after.held.get(resource) ?? "";
    const old = (event === leftover ? /`([^`]*)`/.exec(why)?.[1] : before.held.get(resource)) ?? "";
    if (hasFailed) {
      if (!/dies|open/.test(fate) && before.live.has(old))
        claim(`failed: ${said}`, after.live.has(old));
      continue;
    }
    const isNew = now !== old && after.live.has(now) && !before.live.has(now);
    if (event === "created" || event === "rotated") claim(said, isNew);
    if (event === "adopted") claim(said, before.live.has(now) && after.live.has(now));
    const former = formerOf(row);
    if (former !== undefined) claim(said, now === before.held.get(former));
    if (event === "revoked" || event === "released") claim(said, now === "");
    if (event === "changed in place") claim(said, now === old);
    if (event.startsWith("decided")) claim(said, now === old || isNew);
    else if (fate.includes(" dies ") || fate === "gone already") claim(said, !after.live.has(old));
    else if (/ stays|^stays/.test(fate) && before.live.has(old)) claim(said, after.live.has(old));
  }
  return wrong;
}
