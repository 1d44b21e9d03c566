/** A ring's keys overlap: one step of its generation replaces the oldest and leaves the others valid. */
import { alert, code, list, shown } from "./markdown";
import type { KeyStory } from "./story";

/**
 * If this is the one slot that a bump by one replaces: what stays valid. Its generation then grows by the
 * number of slots, and those between stay. Without `--show-sames` the other slots are not in the preview.
 */
export function overlapOf(story: KeyStory, all: readonly KeyStory[]): string[] {
  const { ring, old, args, event } = story;
  const [from, to] = [old.inputs?.["rotationTrigger"], args["rotationTrigger"]];
  if (event !== "rotated" || typeof from !== "number" || typeof to !== "number") return [];
  const slots = to - from; // a ring has ten at most
  if (slots < 2 || slots > 10 || to % slots !== ring?.slot) return [];
  const others = all.filter((other) => other.ring?.name === ring.name && other !== story);
  if (others.some((other) => other.event !== "kept" && other.event !== "changed")) return [];
  const longer = slots > 2 ? `, generations up to ${to - 1} longer` : "";
  return [`generation ${from + 1} stays valid until the next bump${longer}`];
}

/** Rings of which several keys die in one run: consumers may hold any of them. */
export function ringWarning(all: readonly KeyStory[]): string[] {
  const names = new Set(all.flatMap(({ ring }) => ring?.name ?? []));
  const items = [...names].sort().flatMap((name) => {
    const slots = all.filter(({ ring }) => ring?.name === name);
    const dying = slots.filter(({ event }) => event === "rotated" || event === "revoked");
    // A ring that is removed as a whole is meant to end.
    if (dying.length < 2 || slots.every(({ event }) => event === "revoked")) return [];
    const generations = dying.map(({ old }) => shown(old.inputs?.["rotationTrigger"]));
    return [`${code(name)}: the keys of generations ${generations.join(", ")}`];
  });
  const title =
    "**No overlap for consumers:** several keys of one ring die in one run. Was `generation` bumped by more than one, or `keepPrevious` changed?";
  return list(title, items, 10).map((text) => alert("WARNING", text));
}
