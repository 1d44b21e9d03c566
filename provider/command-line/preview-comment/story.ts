/** What a preview does to each key: the engine's steps, told per key. */
import { keyType, nameOf, parentTypeOf, ringType, stackType, typeOf } from "../../urn";
import { code, containsUnknown } from "./markdown";
import type { Step } from "./preview";

/** What can happen to a key, and the words for it; the most important first. */
export const eventWords = {
  revoked: "revoked",
  pending: "left by an earlier run", // replaced then, not revoked yet
  rotated: "rotated",
  released: "released", // Pulumi lets go of it, and it stays valid
  created: "created",
  adopted: "adopted",
  open: "decided during `pulumi up`", // kept or rotated
  changed: "changed in place",
  kept: "kept",
  read: "looked up, not managed",
} as const;

export type KeyEvent = keyof typeof eventWords;

export type KeyStory = ReturnType<typeof storiesOf>[number];

/** Of several steps for one key, the first of these tells its story. Others are parts of a replacement. */
const tellingOps = ["replace", "create", "update", "delete", "read", "same", "refresh"];

const byName = new Intl.Collator("en", { numeric: true });

/** Every key that the preview shows; the most important first, then by name: a parallel run reports in any order. */
export function storiesOf(steps: readonly Step[]) {
  const isDestroy = steps.some(({ op, urn }) => op === "delete" && typeOf(urn) === stackType);
  const byUrn = new Map<string, Step[]>();
  for (const step of steps)
    if (typeOf(step.urn) === keyType) byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
  const order = Object.keys(eventWords);
  return [...byUrn.values()]
    .flatMap((ofKey) => {
      const current = ofKey.filter((step) => !isPending(step));
      const [telling] = tellingOps.flatMap((op) => current.filter((step) => step.op === op));
      const replaced = telling?.op === "replace" ? telling.oldState?.id : undefined;
      const pending = ofKey.filter((step) => isPending(step) && step.oldState?.id !== replaced);
      const once = new Map(pending.map((step) => [step.oldState?.id, step]));
      const isRefreshed = current.some(({ op }) => op === "refresh");
      return [...(telling ? [telling] : []), ...once.values()].map((step) => ({
        urn: step.urn,
        /** The resource as the comment calls it: Markdown. */
        label: labelOf(step.urn),
        /** The ring that the key is a slot of. */
        ring: ringOf(step.urn),
        event: eventOf(step),
        /** What state holds; empty for a new key. */
        old: step.oldState ?? (step.op === "read" ? step.newState : undefined) ?? {},
        /** This run's args, or the last ones of a key that is removed. */
        args: (step.newState ?? step.oldState)?.inputs ?? {},
        /** The args that ask for a new key, as the provider's diff named them. */
        asked: step.replaceReasons ?? [],
        /** The run's refresh did not find the recorded key at Vultr. */
        isMissing: step.op === "create" && isRefreshed,
        isDestroy,
      }));
    })
    .sort(
      (a, b) =>
        order.indexOf(a.event) - order.indexOf(b.event) ||
        byName.compare(nameOf(a.urn), nameOf(b.urn)) ||
        (a.urn < b.urn ? -1 : 1),
    );
}

function eventOf(step: Step): KeyEvent {
  const { op, oldState, newState, replaceReasons } = step;
  const args = newState?.inputs ?? {};
  const asked = (replaceReasons ?? []).filter((reason) => reason !== "id");
  // The provider lets a preview show the replacement that a value may bring which only the run knows.
  const isOpen = asked.length > 0 && asked.every((arg) => containsUnknown(args[arg]));
  if (isPending(step)) return "pending";
  if (op === "replace") return isOpen ? "open" : "rotated";
  if (op === "create") return args["adoptKeyId"] === undefined ? "created" : "adopted";
  if (op === "delete") return oldState?.retainOnDelete === true ? "released" : "revoked";
  if (op === "update") return "changed";
  if (op === "read") return "read";
  return containsUnknown(args["rotationTrigger"]) ? "open" : "kept";
}

/** Only previews with --show-replacement-steps or --refresh show these. */
function isPending({ op, oldState }: Step): boolean {
  return op === "delete-replaced" || (op === "refresh" && oldState?.delete === true);
}

function labelOf(urn: string): string {
  const ring = ringOf(urn);
  return ring === undefined ? code(nameOf(urn)) : `ring ${code(ring.name)}, slot ${ring.slot}`;
}

function ringOf(urn: string): { name: string; slot: number } | undefined {
  const [, name, slot] = /^(.*)-(\d+)$/s.exec(nameOf(urn)) ?? [];
  if (name === undefined || parentTypeOf(urn) !== ringType) return undefined;
  return { name, slot: Number(slot) };
}
