/** How long keys live: when the key of today dies, and when the one that is there after the run expires. */
import { describeDuration, parseDuration } from "../../keys/duration";
import { containsUnknown } from "../../keys/engine-values";
import { alert, code, day, list, secretMark, shown, timeMs } from "./markdown";
import type { KeyStory } from "./story";

/** The old key's fate. {@link endNote} explains once what "at the end" means. */
export function oldKeyFate(story: KeyStory): string[] {
  const { event } = story;
  if (event === "adopted") {
    const after = story.isToBeRetained
      ? "stays valid after its first rotation too: `retainOnDelete` is set"
      : "its first rotation revokes it";
    return story.isInPlace ? [endOf(story), `the adopted key: ${after}`] : [after];
  }
  if (event === "gone" || story.isMissing) return ["gone already"];
  if (event === "created") return [];
  if (event === "open") return ["stays, or dies at the end"];
  return [event === "changed" ? "stays" : endOf(story)];
}

/** What becomes of a key that is to end. */
function endOf(story: KeyStory): string {
  const { event, old, args, isDestroy, letGoBy } = story;
  // Keys that were made elsewhere may have no name.
  const { name, keyId } = old.outputs ?? {};
  const known = [name, keyId].find((text) => typeof text === "string" && text !== "");
  const key = typeof known === "string" ? code(known) : "it";
  const refused = (why: string) => `${key} stays, and the run fails: ${why}`;
  if (story.endedBy !== undefined) return `${key} dies at the end: ${story.endedBy}`;
  if (story.op === "same") return `${key} stays: the run is targeted at others`;
  if (story.isProtected) return `${key} stays: \`protect\` forbids its end, and the run fails`;
  if (letGoBy !== undefined) return `${key} stays valid at Vultr, unmanaged: ${letGoBy}`;
  if (old.pendingReplacement === true)
    return refused("`deleteBeforeReplace` asks for its end before its successor works");
  if (story.wantedBy !== undefined) return refused(story.wantedBy);
  if (event === "adopted" && story.adopts === old.outputs?.["adoptKeyId"])
    return refused("`adoptKeyId` names a key that was rotated before: remove it");
  if (event === "adopted" && args["adoptApiKey"] === undefined)
    return refused("the adopted key is not proven without its plaintext, `adoptApiKey`");
  const hooks = (old.resourceHooks?.["BeforeDelete"] ?? []).map((name) => code(name));
  const unless = hooks.length > 0 ? `, unless a hook (${hooks.join(", ")}) forbids it` : "";
  return `${key} dies ${isDestroy ? "after all that uses it" : "at the end"}${unless}`;
}

/** What a targeted run does not update, though the key it uses dies. */
export function holderWarning(all: readonly KeyStory[]): string[] {
  const items = all
    .filter((story) => oldKeyFate(story).some((fate) => atTheEnd.test(fate)))
    .flatMap(({ label, holders }) =>
      holders.map((holder) => `${holder} still holds the old key of ${label}, which dies`),
    );
  const title =
    "**Not updated in this run**, because it is targeted or ignores changes. Run `pulumi up` without `--target`, or update them before the old key dies:";
  return list(title, items, 10).map((text) => alert("WARNING", text));
}

const atTheEnd = / at the end(,|$)/;

/** Explains "at the end" under a table that says it. */
export function endNote(all: readonly KeyStory[]): string[] {
  if (all.some(({ holders }) => holders.length > 0)) return []; // it would not be true of them
  const fates = all.flatMap(oldKeyFate);
  if (!fates.some((fate) => atTheEnd.test(fate))) return [];
  return [
    "*At the end* is the very end of `pulumi up`: the new key is made and proven first, then everything that uses it is updated, " +
      "and only then is the old key revoked. If anything fails before, the old key stays valid (not with `--continue-on-error`).",
  ];
}

/** Events after which the resource has no key, or one that dies. */
const endings: readonly string[] = ["revoked", "released", "gone", "pending", "taken"];

/** When the key that is there after the run expires. */
export function expiryOf({ event, old, args }: KeyStory): string {
  if (endings.includes(event)) return "";
  if (event === "adopted") return "as it does now";
  const isNew = event === "created" || event === "rotated";
  const { dateExpire, expiresIn } = (isNew ? args : old.outputs) ?? {};
  if (containsUnknown([dateExpire, expiresIn])) return "known only during `pulumi up`";
  if (dateExpire !== undefined && dateExpire !== null) return day(dateExpire);
  if (isNew && expiresIn !== undefined) return `${shown(expiresIn)} after it is made`;
  return event === "read" ? "" : "never";
}

/** Keys of today that stay and expire soon. Nothing else in a comment depends on the time. */
export function expiringList(all: readonly KeyStory[], withinMs: number, nowMs: number): string[] {
  const items = all.flatMap((story) => {
    const isEnding = [...endings, "rotated", "skipped"].includes(story.event);
    const expiryMs = timeMs(story.old.outputs?.["dateExpire"]);
    if (isEnding || expiryMs === undefined || expiryMs - nowMs > withinMs) return [];
    const when = `${expiryMs <= nowMs ? "expired on" : "on"} ${expiryOf(story)}`;
    return [`${story.label} ${when}: ${renewal(story, expiryMs)}`];
  });
  return list(`**Expires within ${describeDuration(withinMs)}:**`, items, 20);
}

/** Whether a rule makes a new key before this one expires, and from when on. */
function renewal({ args, old, ring }: KeyStory, expiryMs: number): string {
  const createdMs = timeMs(old.outputs?.["createdAt"]) ?? Infinity;
  const { rotateBeforeExpiry, rotateAfter } = args;
  const dueMs = Math.min(
    expiryMs - (durationMs(rotateBeforeExpiry) ?? -Infinity),
    createdMs + (durationMs(rotateAfter) ?? Infinity),
  );
  if (dueMs <= expiryMs)
    return `the first run from ${day(new Date(dueMs).toISOString())} on rotates it`;
  if ([rotateBeforeExpiry, rotateAfter].some(isHidden))
    return "whether a rule rotates it before is not shown by a preview";
  if (ring !== undefined)
    return "**nothing rotates it before**; add 1 to `generation`, which replaces the ring's oldest key";
  const advice =
    args["dateExpire"] === undefined
      ? "change `rotationTrigger`, or set `expiresIn` with `rotateBeforeExpiry`"
      : "write a later `dateExpire`; or in its place `expiresIn` with `rotateBeforeExpiry`";
  return `**nothing rotates it before**; ${advice}`;
}

const isHidden = (value: unknown) => value === secretMark || containsUnknown(value);

function durationMs(value: unknown): number | undefined {
  const parsed = parseDuration(typeof value === "string" ? value : "");
  return "ms" in parsed ? parsed.ms : undefined;
}
