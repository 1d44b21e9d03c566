/** When the key that is there today dies. */
import type { KeyStory } from "./key-stories";
import { code, enumerate } from "./markdown";
import { ringStepOf } from "./rings";
import { containsUnknown, day, isGiven } from "./values";

/** One table cell. What "at the end" means is explained once, by {@link endNote}. */
export function oldKeyFate(story: KeyStory, all: readonly KeyStory[], isDestroy: boolean): string {
  if (["rotated", "revoked", "released"].includes(story.event))
    return [death(story, isDestroy), ...survivors(story, all)].join("; ");
  if (story.event === "adopted") return "its first rotation revokes it";
  if (story.event === "created") return story.isMissing ? "gone already" : "";
  return story.event === "open" ? "stays, or dies at the end" : "stays";
}

function death({ old }: KeyStory, isDestroy: boolean): string {
  const keyName = old?.outputs?.["name"];
  const key = typeof keyName === "string" ? code(keyName) : "it";
  const hooks = Object.entries(old?.resourceHooks ?? {})
    .filter(([moment]) => moment.toLowerCase() === "beforedelete")
    .flatMap(([, names]) => names.map((name) => code(name)));
  if (old?.protect === true) return `${key} stays: \`protect\` forbids its end, and the run fails`;
  if (old?.retainOnDelete === true)
    return `${key} stays valid at Vultr, unmanaged: \`retainOnDelete\` is set`;
  if (old?.pendingReplacement === true)
    return `${key} dies **first**, before its successor works: \`deleteBeforeReplace\` is set`;
  if (hooks.length > 0)
    return `${key} dies at the end, unless a hook (${hooks.join(", ")}) forbids it`;
  return isDestroy ? `${key} dies after all that uses it` : `${key} dies at the end`;
}

function survivors(story: KeyStory, all: readonly KeyStory[]): string[] {
  const step = ringStepOf(story, all);
  const [next, ...later] = step?.survivors ?? [];
  if (next === undefined) return [];
  if (later.length === 0) return [`generation ${next} stays valid until the next bump`];
  const valid = enumerate([next, ...later].map(String));
  return [`generations ${valid} stay valid, ${next} until the next bump`];
}

/** Explains "at the end" under a table that says it. */
export function endNote(all: readonly KeyStory[], isDestroy: boolean): string | undefined {
  const ending = all.filter(
    ({ event, old }) =>
      (event === "rotated" || event === "revoked" || event === "open") &&
      old?.protect !== true &&
      old?.retainOnDelete !== true &&
      old?.pendingReplacement !== true,
  );
  if (ending.length === 0 || isDestroy) return undefined;
  const end = "*At the end* is the very end of `pulumi up`:";
  if (ending.every(({ event }) => event === "revoked"))
    return `${end} everything that used the key has been updated by then.`;
  return (
    `${end} the new key is made and proven first, then everything that uses it is updated, ` +
    "and only then is the old key revoked. If anything fails before, the old key stays valid."
  );
}

/** When the key that there will be expires: one table cell. */
export function expiryCell({ event, old, new: next }: KeyStory): string {
  if (event === "revoked" || event === "released") return "";
  if (event === "adopted") return "as it does now";
  const isNew = event === "created" || event === "rotated";
  const { dateExpire, expiresIn } = (isNew ? next?.inputs : old?.outputs) ?? {};
  if (containsUnknown(dateExpire) || containsUnknown(expiresIn))
    return "known only during `pulumi up`";
  if (isGiven(dateExpire)) return day(dateExpire);
  if (isNew && isGiven(expiresIn)) return `${code(String(expiresIn))} after it is made`;
  return event === "read" ? "" : "never";
}
