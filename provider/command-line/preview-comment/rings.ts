/** A ring's keys overlap: one step of its generation replaces the oldest and leaves the others valid. */
import type { KeyStory } from "./key-stories";
import { code, enumerate } from "./markdown";

export interface RingStep {
  /** Generations that stay valid, the next to die first. */
  survivors: number[];
}

/** Most slots that a ring has. */
const mostSlots = 10;

/**
 * Is this the one slot that a bump by one replaces? Its generation then grows by the number of slots,
 * and those between stay. Without `--show-sames` the other slots are not in the preview.
 */
export function ringStepOf(story: KeyStory, all: readonly KeyStory[]): RingStep | undefined {
  if (story.event !== "rotated" || story.ring === undefined) return undefined;
  const [from, to] = [generationOf(story.old), generationOf(story.new)];
  if (from === undefined || to === undefined) return undefined;
  const slots = to - from;
  if (slots < 2 || slots > mostSlots || to % slots !== story.ring.slot) return undefined;
  const others = slotsOf(story.ring.name, all).filter((other) => other !== story);
  const isOnlyOne = others.every(({ event }) => event === "kept" || event === "changed");
  if (!isOnlyOne) return undefined;
  return { survivors: Array.from({ length: slots - 1 }, (_, index) => from + 1 + index) };
}

/** Rings of which several keys die in one run, a sentence each: consumers may hold any of them. */
export function ringWarnings(all: readonly KeyStory[]): string[] {
  const names = new Set(all.flatMap(({ ring }) => (ring === undefined ? [] : [ring.name])));
  return [...names].flatMap((name) => {
    const slots = slotsOf(name, all);
    const dying = slots.filter(({ event }) => event === "rotated" || event === "revoked");
    // A ring that is removed as a whole is meant to end.
    if (dying.length < 2 || slots.every(({ event }) => event === "revoked")) return [];
    const generations = dying
      .map(({ old }) => generationOf(old))
      .filter((generation) => generation !== undefined)
      .sort((a, b) => a - b);
    const which =
      generations.length === 0 ? "" : `, of generations ${enumerate(generations.map(String))}`;
    return [
      `${dying.length} keys of ring ${code(name)}${which}, die in one run: consumers that hold one of them get no overlap. ` +
        "Was `generation` bumped by more than one, or `keepPrevious` changed?",
    ];
  });
}

function slotsOf(ring: string, all: readonly KeyStory[]): KeyStory[] {
  return all.filter((story) => story.ring?.name === ring);
}

function generationOf(state: KeyStory["old"]): number | undefined {
  const generation = state?.inputs?.["rotationTrigger"];
  return typeof generation === "number" && Number.isSafeInteger(generation)
    ? generation
    : undefined;
}
