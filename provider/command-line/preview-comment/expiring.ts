/** Which of the keys that stay, or are made, expire soon. The only part that asks for the time. */
import { describeDuration, parseDuration } from "../../keys/duration";
import type { KeyStory } from "./key-stories";
import { labelOf } from "./key-table";
import { atMost, code } from "./markdown";
import { day, dayOf, timeMs } from "./values";

export interface ExpiryHorizon {
  /** A duration as people write it. */
  within: string;
  /** Milliseconds. */
  withinMs: number;
  /** Milliseconds since the epoch. */
  nowMs: number;
}

const dayMs = 86_400_000;
const mostLines = 20;

/** A headline and a line for each; undefined where there is none. */
export function expiringSection(
  all: readonly KeyStory[],
  horizon: ExpiryHorizon,
): string | undefined {
  const lines = all.flatMap((story) => {
    const line = expiringLine(story, horizon);
    return line === undefined ? [] : [`- ${line}`];
  });
  if (lines.length === 0) return undefined;
  const { within, withinMs } = horizon;
  const shown = withinMs % dayMs === 0 ? describeDuration(withinMs) : within;
  return [`**Expires within ${shown}:**`, "", ...atMost(lines, mostLines, "")].join("\n");
}

function expiringLine(story: KeyStory, { withinMs, nowMs }: ExpiryHorizon): string | undefined {
  const label = labelOf(story);
  if (story.event === "created" || story.event === "rotated") {
    const { dateExpire, expiresIn } = story.new?.inputs ?? {};
    const ms = timeMs(dateExpire);
    if (ms !== undefined)
      return ms - nowMs <= withinMs ? `${label}, once made, on ${day(dateExpire)}` : undefined;
    const lifetimeMs = durationOf(expiresIn);
    if (lifetimeMs === undefined || lifetimeMs > withinMs) return undefined;
    return `${label}, ${code(String(expiresIn))} after it is made`;
  }
  if (story.event === "revoked" || story.event === "released") return undefined;
  const outputs = story.old?.outputs ?? story.new?.outputs ?? {};
  const ms = timeMs(outputs["dateExpire"]);
  if (ms === undefined || ms - nowMs > withinMs) return undefined;
  const when = `${ms <= nowMs ? "expired on" : "on"} ${day(outputs["dateExpire"])}`;
  return `${label} ${when}: ${renewal(story, ms)}`;
}

/** Whether a rule makes a new key before this one expires, and from when on. */
function renewal({ new: next, old }: KeyStory, expiryMs: number): string {
  const { rotateBeforeExpiry, rotateAfter } = next?.inputs ?? {};
  const beforeMs = durationOf(rotateBeforeExpiry);
  const afterMs = durationOf(rotateAfter);
  const createdMs = timeMs(old?.outputs?.["createdAt"]);
  const dueMs = Math.min(
    beforeMs === undefined ? Infinity : expiryMs - beforeMs,
    afterMs === undefined || createdMs === undefined ? Infinity : createdMs + afterMs,
  );
  if (dueMs <= expiryMs) return `the first run from ${dayOf(dueMs)} on rotates it`;
  return "**nothing rotates it before**; bump `rotationTrigger`, or set `expiresIn` with `rotateBeforeExpiry`";
}

function durationOf(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const parsed = parseDuration(value);
  return "ms" in parsed ? parsed.ms : undefined;
}
