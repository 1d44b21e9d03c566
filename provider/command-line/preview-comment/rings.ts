/** What a comment says of rings. Adding 1 to a ring's generation replaces its oldest key; the others stay valid. */
import { alert, code, list, shown } from "./markdown";
import type { KeyStory } from "./story";

/**
 * What stays valid if this key is the only one that its ring replaces, as when 1 is added to `generation`.
 * Its generation then grows by the number of slots. They cannot be counted, because a preview without
 * `--show-sames` leaves out those that stay.
 */
export function overlapOf(story: KeyStory, all: readonly KeyStory[]): string[] {
  const { ring, old, args, event } = story;
  const from = old.inputs?.["rotationTrigger"];
  const to = args["rotationTrigger"];
  if (event !== "rotated" || typeof from !== "number" || typeof to !== "number") return [];
  const slots = to - from; // a ring has ten at most
  if (slots < 2 || slots > 10 || to % slots !== ring?.slot) return [];
  const others = all.filter((other) => other.ring?.urn === ring.urn && other !== story);
  if (others.some((other) => other.event !== "kept" && other.event !== "changed")) return [];
  const longer = slots > 2 ? `, generations up to ${to - 1} longer` : "";
  return [`generation ${from + 1} stays valid until the next bump${longer}`];
}

/** Warns of rings that lose several keys in one run: consumers may hold any of these. */
export function ringWarning(all: readonly KeyStory[]): string[] {
  const names = new Map(all.flatMap(({ ring }) => (ring ? [[ring.urn, ring.name]] : [])));
  const items = [...names].sort().flatMap(([urn, name]) => {
    const slots = all.filter(({ ring }) => ring?.urn === urn);
    const dying = slots.filter(({ event }) => event === "rotated" || event === "revoked");
    // If the whole ring is removed, its keys are meant to end.
    if (dying.length < 2 || slots.every(({ event }) => event === "revoked")) return [];
    const generations = dying.map(({ old }) => shown(old.inputs?.["rotationTrigger"]));
    return [`${code(name)}: the keys of generations ${generations.join(", ")}`];
  });
  const title =
    "**No overlap for consumers:** several keys of one ring die in one run. Was `generation` bumped by more than one, or `keepPrevious` changed?";
  return list(title, items, 10).map((text) => alert("WARNING", text));
}
