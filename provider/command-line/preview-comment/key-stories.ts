/** What a preview does to each key: the engine's steps, told per key. */
import { isKeyType, nameOf, parentTypeOf, ringType, typeOf } from "../urn";
import { type Digest, type ResourceState, type Step } from "./digest";
import { containsUnknown } from "./values";

/**
 * `released`: Pulumi lets go of it and it stays valid. `open`: kept or rotated, which a value decides that only `pulumi up` knows. `changed`: in place.
 * `read`: looked up by the program, which does not manage it. The order is that of importance.
 */
export const keyEvents = [
  "revoked",
  "rotated",
  "released",
  "created",
  "adopted",
  "open",
  "changed",
  "kept",
  "read",
] as const;

export type KeyEvent = (typeof keyEvents)[number];

export interface KeyStory {
  urn: string;
  /** The resource's name. */
  name: string;
  /** The ring that the key is a slot of. */
  ring?: { name: string; slot: number };
  event: KeyEvent;
  old: ResourceState | undefined;
  /** Absent for a key that is revoked. */
  new: ResourceState | undefined;
  /** The args that ask for a new key, as the provider's diff named them. */
  replaceReasons: readonly string[];
  /** The run's refresh did not find the recorded key at Vultr. */
  isMissing: boolean;
}

/** A key that an earlier run replaced and could not revoke. */
export interface PendingDeletion {
  /** The resource's name. */
  name: string;
  keyId: string;
}

/** Of several steps for one key, the first of these tells its story. Others are parts of a replacement. */
const tellingOps = ["replace", "create", "update", "delete", "read", "same", "refresh"];

/** Every key that the preview shows, by name; the slots of a ring together. */
export function keyStoriesOf(digest: Digest): KeyStory[] {
  const stories = Array.from(stepsByKey(digest), ([urn, steps]) => storyOf(urn, steps));
  return stories.filter((story) => story !== undefined).sort(byName);
}

function stepsByKey(digest: Digest): Map<string, Step[]> {
  const byKey = new Map<string, Step[]>();
  for (const step of digest.steps ?? []) {
    if (!isKeyType(typeOf(step.urn))) continue;
    byKey.set(step.urn, [...(byKey.get(step.urn) ?? []), step]);
  }
  return byKey;
}

function storyOf(urn: string, steps: readonly Step[]): KeyStory | undefined {
  const current = steps.filter((step) => !isPending(step));
  const telling = tellingOps
    .map((op) => current.find((step) => step.op === op))
    .find((step) => step !== undefined);
  if (telling === undefined) return undefined;
  const name = nameOf(urn);
  const ring = ringOf(urn, telling);
  return {
    urn,
    name,
    ...(ring && { ring }),
    event: eventOf(telling),
    old: telling.oldState ?? undefined,
    new: telling.newState ?? undefined,
    replaceReasons: telling.replaceReasons ?? [],
    isMissing: telling.op === "create" && current.some((step) => step.op === "refresh"),
  };
}

function eventOf({ op, oldState, newState, replaceReasons }: Step): KeyEvent {
  const inputs = newState?.inputs ?? {};
  if (op === "replace") return isDecidedInRun(replaceReasons ?? [], inputs) ? "open" : "rotated";
  if (op === "create") return inputs["adoptKeyId"] === undefined ? "created" : "adopted";
  if (op === "delete") return oldState?.retainOnDelete === true ? "released" : "revoked";
  if (op === "update") return "changed";
  if (op === "read") return "read";
  return containsUnknown(inputs["rotationTrigger"]) ? "open" : "kept";
}

/** The provider lets a preview show the replacement that a value may bring which only `pulumi up` knows. */
function isDecidedInRun(reasons: readonly string[], inputs: Record<string, unknown>): boolean {
  const args = reasons.filter((reason) => reason !== "id");
  return args.length > 0 && args.every((arg) => containsUnknown(inputs[arg]));
}

function ringOf(urn: string, { oldState, newState }: Step): KeyStory["ring"] {
  const parent = (newState ?? oldState)?.parent;
  if (parentTypeOf(urn) !== ringType || typeof parent !== "string") return undefined;
  const name = nameOf(parent);
  const slot = nameOf(urn).slice(name.length + 1);
  return /^\d+$/.test(slot) ? { name, slot: Number(slot) } : undefined;
}

function byName(a: KeyStory, b: KeyStory): number {
  return (
    compareText(a.ring?.name ?? a.name, b.ring?.name ?? b.name) ||
    (a.ring?.slot ?? 0) - (b.ring?.slot ?? 0) ||
    compareText(a.urn, b.urn)
  );
}

/** Only previews with --show-replacement-steps or --refresh show these. */
export function pendingDeletionsOf(digest: Digest): PendingDeletion[] {
  const pending = Array.from(stepsByKey(digest), ([urn, steps]) => {
    const replaced = steps.find((step) => step.op === "replace")?.oldState?.id;
    const ids = steps
      .filter((step) => isPending(step) && step.oldState?.id !== replaced)
      .map((step) => keyIdOf(step.oldState));
    return [...new Set(ids)].map((keyId) => ({ name: nameOf(urn), keyId }));
  }).flat();
  return pending.sort((a, b) => compareText(a.name, b.name) || compareText(a.keyId, b.keyId));
}

function isPending({ op, oldState }: Step): boolean {
  return op === "delete-replaced" || (op === "refresh" && oldState?.delete === true);
}

function keyIdOf(state: ResourceState | null | undefined): string {
  const keyId = state?.outputs?.["keyId"];
  return typeof keyId === "string" ? keyId : (state?.id?.split("/").at(-1) ?? "");
}

/** For `sort`: by code unit, so that every machine sorts alike. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
