/** What a preview does to each key: the engine's steps, told per key. */
import { containsUnknown } from "../../keys/engine-values";
import { isKeyType, ringType } from "../../names";
import { nameOf, parentTypeOf, providerUrnOf, stackType, typeOf } from "../../urn";
import { isOfResource, isReplacedBy } from "../../keys/run-memory";
import { isAdopted, type KeyState } from "../../keys/state";
import { code, secretMark } from "./markdown";
import type { Preview, Step } from "./preview";

/** What can happen to a key, and the words for it; the most important first. */
export const eventWords = {
  revoked: "revoked",
  pending: "left by an earlier run", // replaced then, not revoked yet
  rotated: "rotated",
  taken: "keeps a key that dies", // another resource has it too, and rotates it
  released: "released", // Pulumi lets go of it, and it stays valid
  gone: "gone already", // the refresh did not find it, and the program does not declare it
  created: "created",
  adopted: "adopted",
  open: "decided during `pulumi up`", // kept or rotated
  changed: "changed in place",
  kept: "kept",
  skipped: "new but not created: the run is targeted",
  read: "looked up, not managed",
} as const;

/** Events that only the headline counts: their keys get no row. */
export const quietEvents: readonly string[] = ["kept", "skipped", "read"];

type KeyEvent = keyof typeof eventWords;

export interface KeyStory extends ReturnType<typeof factsOf> {
  event: KeyEvent;
  /** For a key that its resource keeps or lets live: which other resource has it too and ends it. Markdown. */
  endedBy?: string | undefined;
  /** For a key that is to end: which other resource of its provider has it, takes it over or looks it up. Markdown. */
  wantedBy?: string | undefined;
}

/** If a key has several steps, the first op in this list tells its story. Other ops are parts of a replacement. */
const tellingOps = ["replace", "create", "import", "update", "delete", "read", "same"];

const byName = new Intl.Collator("en", { numeric: true });

/** Every key that the preview shows; the most important first, then by name: a parallel run reports in any order. */
export function storiesOf(preview: Preview): KeyStory[] {
  const stories = tellingSteps(preview).map((step): KeyStory => {
    const facts = factsOf(step, preview);
    return { ...facts, event: eventOf(step, facts) };
  });
  linkStories(stories, preview.steps);
  const order = Object.keys(eventWords);
  return stories.sort(
    (a, b) =>
      order.indexOf(a.event) - order.indexOf(b.event) ||
      byName.compare(nameOf(a.urn), nameOf(b.urn)) ||
      (a.urn < b.urn ? -1 : 1),
  );
}

/** Adds to each story what other resources do with its key. */
function linkStories(stories: readonly KeyStory[], steps: readonly Step[]): void {
  const ending = stories.filter(
    ({ event, keyId, letGoBy, isProtected }) =>
      /^(rotated|revoked|pending)$/.test(event) && keyId !== undefined && !letGoBy && !isProtected,
  );
  for (const story of ending) story.wantedBy = whoWants(story, stories, steps);
  for (const story of stories) {
    const { event, keyId } = story;
    if (!/^(released|pending|kept)$/.test(event)) continue;
    const ender = ending.find(
      (each) =>
        each.keyId === keyId &&
        each.event !== "pending" &&
        each.wantedBy === undefined &&
        !(event === "kept" && each.event === "revoked"),
    );
    if (ender === undefined) continue;
    story.endedBy = `${ender.label} has it too, and ${ender.event === "rotated" ? "rotates it" : "is removed"}`;
    // A key that two resources have is rotated only by a targeted run, which does not look at this one.
    if (event === "kept") story.event = "taken";
  }
}

function whoWants(
  { event, keyId, old }: KeyStory,
  stories: readonly KeyStory[],
  steps: readonly Step[],
): string | undefined {
  // Each provider has a process, which does not see the keys of another.
  const isSameProvider = (state: Step["newState"]) => providerOf(state) === providerOf(old);
  const wanting = steps.find(
    (step) => wantedIn(step, steps) === keyId && isSameProvider(step.newState),
  );
  if (wanting !== undefined) return `${code(nameOf(wanting.urn))} takes it over or looks it up`;
  if (event === "rotated") return undefined;
  const keeping = stories
    .filter((each) => each.keyId === keyId && isSameProvider(each.old))
    .find((each) => /^(kept|changed)$/.test(each.event));
  return keeping && `${keeping.label} has it too`;
}

function factsOf(step: Step, { steps, undecided }: Preview) {
  const { op, urn, oldState, newState } = step;
  // A replacement does not end a key that the program only looked up.
  const wasLookedUp = op === "replace" && oldState?.external === true;
  const old = (wasLookedUp ? undefined : oldState) ?? (op === "read" ? newState : undefined) ?? {};
  const keyId = old.outputs?.["keyId"];
  const adopts = adoptedIn(step, steps);
  const ring = ringOf(urn);
  return {
    op,
    urn,
    /** The resource as the comment calls it: Markdown. */
    label: ring ? `ring ${code(ring.name)}, slot ${ring.slot}` : code(nameOf(urn)),
    /** The ring that the key is a slot of. */
    ring,
    /** What state holds; empty for a new key. */
    old,
    /** This run's args, or the last ones of a key that is removed. A look-up has none. */
    args:
      ((newState?.external === true ? oldState : undefined) ?? newState ?? oldState)?.inputs ?? {},
    /** The args that ask for a new key, as the provider's diff named them, or `replaceOnChanges`. */
    asked: reasonsIn(step),
    keyId,
    /** The id of the key that it takes over, by `adoptKeyId` or by import. */
    adopts,
    /** It takes over another key in place of the one that it has. */
    isInPlace: op === "replace" && keyId !== undefined && ![undefined, keyId].includes(adopts),
    wasLookedUp,
    /** The engine refuses to delete it. A replacement is refused only if this run sets the option too. */
    isProtected:
      old.protect === true && (op === "delete" || (op === "replace" && newState?.protect === true)),
    /** `retainOnDelete` as this run sets it, which counts for a key that it adopts. */
    isToBeRetained: newState?.retainOnDelete === true,
    /** Nobody asked the provider whether the key is due. */
    isUndecided: undecided.includes(urn),
    /** Why Pulumi only forgets it, or the provider lets it live. */
    letGoBy: letGoBy(step, steps),
    /** The run's refresh did not find the recorded key at Vultr. */
    isMissing: op === "create" && steps.some((each) => each.urn === urn && each.op === "refresh"),
    /** The whole stack is destroyed. */
    isDestroy: steps.some((each) => each.op === "delete" && typeOf(each.urn) === stackType),
    /** Resources that are not updated and have values of this key: Markdown. */
    holders: (op === "replace" ? steps : [])
      .filter((each) => isHolder(each, urn))
      .map((each) => code(nameOf(each.urn)))
      .sort(),
  };
}

/** Why the end of its resource leaves the key valid at Vultr; undefined if it does not. */
function letGoBy(step: Step, steps: readonly Step[]): string | undefined {
  if (step.op === "read")
    return (step.oldState?.external ?? step.oldState === undefined)
      ? undefined
      : "Pulumi only forgets a key whose name a look-up takes";
  const { retainOnDelete, deletedWith } = step.oldState ?? {};
  if (retainOnDelete === true) return "`retainOnDelete` is set";
  if (steps.some(({ op, urn }) => /^(delete|replace)$/.test(op) && urn === deletedWith))
    return "what `deletedWith` names is deleted or replaced too";
  const isDue = step.newState?.external !== true && reasonsIn(step).length > 0;
  if (isAdopted(recordedIn(step)) && !isDue && !isRotated(step, steps))
    return "it was adopted, and only a rotation revokes it";
  return undefined;
}

const providerOf = (state: Step["newState"]) => providerUrnOf(state?.provider ?? "");

/** The id of the key that a resource takes over. If the preview hides it as a secret, state may still tell it. */
function adoptedIn({ op, urn, oldState, newState }: Step, steps: readonly Step[]): unknown {
  const wanted = newState?.inputs?.["adoptKeyId"];
  const known = wanted === secretMark ? oldState?.outputs?.["adoptKeyId"] : undefined;
  const adopted = known ?? wanted ?? newState?.importID?.split("/").at(-1);
  if (op !== "create" || adopted === undefined) return adopted;
  // If the run's refresh found a key gone that came after the adopted one, the run makes a new key.
  const isSuccessorLost = steps.some((each) => {
    const { keyId, adoptKeyId } = recordedIn(each);
    return each.op === "refresh" && each.urn === urn && adoptKeyId === adopted && keyId !== adopted;
  });
  return isSuccessorLost ? undefined : adopted;
}

/** The id of the key that a new resource takes over, or that the program looks up. */
function wantedIn(step: Step, steps: readonly Step[]): unknown {
  const { op, newState } = step;
  if (op === "create" || op === "import") return adoptedIn(step, steps);
  return op === "read" || op === "read-replacement" ? newState?.id?.split("/").at(-1) : undefined;
}

/** Does the key's own resource, which the program still declares, have another key in its place? Decided as a run does. */
function isRotated(step: Step, steps: readonly Step[]): boolean {
  const old = recordedIn(step);
  const removed = steps.filter(({ op }) => op === "delete").map(({ urn }) => urn);
  // With --replace nobody asks the provider what state records: it does not know which keys the resource had.
  const forced = steps
    .filter((each) => each.op === "replace" && reasonsIn(each).length === 0)
    .map(({ urn }) => urn);
  const isMadeAnew = (urn: string) =>
    steps.some((each) => each.urn === urn && each.op === "create" && !adoptedIn(each, steps));
  return steps.some((each) => {
    // The run knows a key that its refresh has lost only as the predecessor of one that it makes.
    const isRefreshed = each.op === "refresh";
    if (isRefreshed && !isMadeAnew(each.urn)) return false;
    const shownState = recordedIn(each);
    // The only key that a resource adopts is its first.
    const isHidden = shownState.adoptKeyId === secretMark;
    const recorded = isHidden ? { ...shownState, adoptKeyId: old.keyId } : shownState;
    const resource = {
      identity: each.urn,
      args: each.newState?.inputs ?? {},
      ...(!isRefreshed && { recorded }),
    };
    const isSuccessor = isReplacedBy(recorded, old.keyId) && isOfResource(old, resource);
    if (forced.includes(each.urn)) return false;
    return isSuccessor && !isPending(each) && !removed.includes(each.urn);
  });
}

/** What state records of a key. The outputs of the plugin and of 0.1.0 hold no URN: the step has it. */
function recordedIn({ urn, oldState }: Step): KeyState {
  return { resourceUrn: urn, ...oldState?.outputs } as KeyState;
}

/** Does it have values of the key, and stay as it is? Another key may have this one's id as its trigger: that is no plaintext. */
function isHolder({ op, oldState, urn }: Step, key: string): boolean {
  const sources = Object.values(oldState?.propertyDependencies ?? {}).flat();
  return op === "same" && !isKeyType(typeOf(urn)) && sources.includes(key);
}

/** For each key the step that tells its story, and one for each replaced key that waits for its deletion. */
function tellingSteps({ steps, isFailed, isPartial }: Preview): Step[] {
  // In a complete preview, a key with no step but its refresh is neither at Vultr nor in the program.
  const ops = isFailed || isPartial ? tellingOps : [...tellingOps, "refresh"];
  const ofKeys = steps.filter(({ urn }) => isKeyType(typeOf(urn)));
  const replacing = ofKeys.filter(({ op }) => op === "replace");
  const replaced = new Set(replacing.map(({ oldState }) => oldState?.id));
  return [...Map.groupBy(ofKeys, ({ urn }) => urn).values()].flatMap((ofKey) => {
    const current = ofKey.filter((step) => !isPending(step));
    const telling = ops.flatMap((op) => current.filter((step) => step.op === op)).slice(0, 1);
    // After a rename, the end of a key that this run replaces has the former name: it is not pending.
    const pending = ofKey.filter((step) => isPending(step) && !replaced.has(step.oldState?.id));
    return [...telling, ...new Map(pending.map((step) => [step.oldState?.id, step])).values()];
  });
}

function reasonsIn({ op, replaceReasons, detailedDiff }: Step): string[] {
  const replacing = Object.entries(detailedDiff ?? {}).flatMap(([path, { kind }]) =>
    op === "replace" && kind.endsWith("-replace") ? [path.replace(/[.[].*/, "")] : [],
  );
  const reasons = [...(replaceReasons ?? []), ...replacing].filter((reason) => reason !== "id");
  return [...new Set(reasons)];
}

function eventOf(step: Step, facts: ReturnType<typeof factsOf>): KeyEvent {
  const { op, oldState, newState } = step;
  const { args, asked } = facts;
  if (isPending(step)) return "pending";
  if (op === "refresh") return "gone";
  const isLookedUpNow = op === "replace" && newState?.external === true;
  if (op === "delete" || isLookedUpNow)
    return facts.letGoBy !== undefined && !facts.isProtected ? "released" : "revoked";
  if (op === "create" || op === "import" || facts.wasLookedUp)
    return facts.adopts === undefined ? "created" : "adopted";
  if (op === "replace") {
    // With --replace nobody tells the provider what state records: it adopts the key that the program names once more.
    if (asked.length === 0) return facts.adopts === undefined ? "rotated" : "adopted";
    // For a value that only the run knows, a preview shows the replacement that it may bring.
    return asked.every((arg) => containsUnknown(args[arg])) ? "open" : "rotated";
  }
  if (op === "read") return facts.letGoBy === undefined ? "read" : "released";
  // If the engine skips a create, it shows a copy of the new state as the old one.
  if (op === "same" && !oldState?.id) return "skipped";
  if (facts.isUndecided || containsUnknown(args["rotationTrigger"])) return "open";
  return op === "update" ? "changed" : "kept";
}

/** Does a replaced key wait for its deletion? Seen only with --show-replacement-steps, --refresh or --target. */
function isPending({ op, oldState }: Step): boolean {
  if (op === "refresh" || op === "same") return oldState?.delete === true;
  return op === "delete-replaced";
}

/** The ring that a key is a slot of. Its `urn` is the slot's without the number: rings in two components may have one name. */
function ringOf(urn: string): { urn: string; name: string; slot: number } | undefined {
  const [, name, slot] = /^(.*)-(\d+)$/s.exec(nameOf(urn)) ?? [];
  if (name === undefined || parentTypeOf(urn) !== ringType) return undefined;
  return { urn: urn.replace(/-\d+$/, ""), name, slot: Number(slot) };
}
