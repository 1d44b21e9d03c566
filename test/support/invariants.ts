/** The promises, from the consumer's side, as checks that hold after every run, whatever broke in it. */
import type { EmulatedKey, Emulator } from "../emulator";
import type { Done, RunOptions, RunResult } from "./miniature-engine";
import type { RecordedKey, Stack } from "./miniature-stack";

/** What is known of all parties. */
export type Observed = ReturnType<typeof observedOf>;

export function observedOf(vultr: Emulator, ...stacks: Stack[]) {
  return {
    vultr,
    stacks,
    /** All that was printed in all runs so far. */
    printed: [] as string[],
    /** Runs that were killed so far. */
    kills: 0,
    /** Keys that people made by hand, or took out of every state. */
    keysOfPeople: new Set<string>(),
  };
}

/** Ids of the keys that were made since Vultr's timeline had this length. */
export function madeSince(vultr: Emulator, timelineBefore: number): ReadonlySet<string> {
  const events = vultr.timeline.slice(timelineBefore);
  return new Set(events.filter(({ event }) => event === "created").map(({ keyId }) => keyId));
}

/** One run and what was there before it. */
interface PlayedRun {
  stack: Stack;
  /** The stack's state before. */
  before: readonly RecordedKey[];
  /** How long Vultr's timeline was before. */
  timelineBefore: number;
  options: RunOptions;
  result: RunResult;
}

/** Keys at Vultr that no state knows, that nobody was told of and nobody made by hand. */
export function unknownKeys({ vultr, stacks, printed, keysOfPeople }: Observed): EmulatedKey[] {
  const recorded = new Set(stacks.flatMap(({ records }) => records.map(keyIdOf)));
  const told = printed.join("\n");
  return vultr
    .liveKeys()
    .filter(({ id }) => !recorded.has(id) && !keysOfPeople.has(id))
    .filter(({ id, name }) => !told.includes(id) && !told.includes(`API key "${name}" of user`));
}

/** @throws {Error} a promise is broken; the message says which */
export function expectPromises(observed: Observed, played: PlayedRun): void {
  const { vultr, printed, kills } = observed;
  const secret = vultr.issuedApiKeys().find((key) => printed.some((text) => text.includes(key)));
  if (secret !== undefined) throw new Error("a secret was printed");
  const unknown = unknownKeys(observed);
  if (unknown.length > kills)
    throw new Error(`${unknown.length} keys that nobody knows of after ${kills} kills`);
  expectOnlyOwnDeaths(vultr, played);
  expectNothingAliveDropped(vultr, played);
  expectProvenKeysWork(vultr, played);
  expectSameUsers(played);
  expectPreviewCovers(played);
}

/** Adopted and never rotated. */
const isBorrowed = ({ state }: RecordedKey): boolean => state.adoptKeyId === state.keyId;

const isLeaving = ({ operation, isRotation }: Done): boolean =>
  (operation === "delete" || operation === "delete replaced") && !isRotation;

const keyIdOf = ({ state }: RecordedKey): string => state.keyId;

/** Nobody's foreign key dies; an own key dies only when it was removed, or its successor is proven. */
function expectOnlyOwnDeaths(vultr: Emulator, played: PlayedRun): void {
  const { stack, before, result, options } = played;
  const made = madeSince(vultr, played.timelineBefore);
  const events = vultr.timeline.slice(played.timelineBefore);
  const dead = events.filter(({ event }) => event === "deleted");

  for (const { keyId, keyName } of dead) {
    const owners = before.filter((key) => keyIdOf(key) === keyId);
    if (owners.length === 0 && !made.has(keyId))
      throw new Error(`the run deleted ${keyName}, which its state never recorded`);
    // Where two resources of a stack hold one key, the right of one is enough; the other's is judged below.
    const objections = owners.map(objectionOf);
    const [objection] = objections;
    if (objection !== undefined && !objections.includes(undefined)) throw new Error(objection);
  }

  function objectionOf(owner: RecordedKey): string | undefined {
    const { keyId, name } = owner.state;
    const urn = result.renamed.get(owner.urn) ?? owner.urn;
    const successor = stack.records.find((key) => key.urn === urn && !key.isPendingDeletion);
    if (result.failedIn.has(owner.provider))
      return `a key could not be made in this run, and it revoked ${name}`;
    const isRotation = result.done.some((each) => each.keyId === keyId && each.isRotation);
    if (isBorrowed(owner) && !isRotation)
      return `the run revoked ${name}, which is borrowed and was not rotated`;
    if (options.command === "destroy" || !result.declared.has(urn)) return undefined;
    const held = successor ?? owner;
    if (keyIdOf(held) === keyId) return `the run revoked ${name}, the current key of ${urn}`;
    if (successor?.state.isUnproven === true)
      return `the run revoked ${name} before its successor was proven`;
    const order = vultr.timeline.map(({ event, keyId: id }) => `${event} ${id}`);
    const revokedAt = order.indexOf(`deleted ${keyId}`);
    if (order.indexOf(`created ${keyIdOf(held)}`) > revokedAt)
      return `the run revoked ${name} before its successor was made`;
    const goneAt = order.indexOf(`deleted ${keyIdOf(held)}`);
    const [revoked, gone] = [vultr.timeline[revokedAt], vultr.timeline[goneAt]];
    // A list may be behind by a little.
    if (revoked && gone && revoked.atMs - gone.atMs > 600_000)
      return `the run revoked ${name} though its successor was gone`;
    return undefined;
  }

  // Whoever else holds a key that died, in this stack.
  for (const key of stack.records) {
    if (key.isPendingDeletion || key.state.isUnproven === true) continue;
    if (!dead.some(({ keyId }) => keyId === keyIdOf(key))) continue;
    if (!result.done.some(({ urn, operation }) => urn === key.urn && operation === "delete"))
      throw new Error(`the current key of ${key.urn} died in this run`);
  }
}

/** A borrowed key is left; of every other key that leaves state Vultr must have heard the end. */
function expectNothingAliveDropped(vultr: Emulator, { stack, before, result }: PlayedRun): void {
  const live = new Set(vultr.liveKeys().map(({ id }) => id));
  const after = new Set(stack.records.map(keyIdOf));
  for (const key of before) {
    const isLeft =
      isBorrowed(key) && result.done.some((each) => each.keyId === keyIdOf(key) && isLeaving(each));
    if (live.has(keyIdOf(key)) && !after.has(keyIdOf(key)) && !isLeft)
      throw new Error(`${key.state.name} is alive and no longer in state`);
  }
}

function expectProvenKeysWork(
  vultr: Emulator,
  { stack, timelineBefore, options, result }: PlayedRun,
): void {
  const made = madeSince(vultr, timelineBefore);
  const isWhole = options.command === undefined && options.targets === undefined;
  for (const { state, urn } of stack.records.filter((key) => !key.isPendingDeletion)) {
    const { keyId, apiKey = "", verifiedAt, isUnproven } = state;
    if (made.has(keyId) && verifiedAt !== undefined && !vultr.authenticates(apiKey))
      throw new Error(`the key of ${urn} counts as proven and does not authenticate`);
    if (isWhole && result.error === undefined && isUnproven === true)
      throw new Error(`a run succeeded with the unproven key of ${urn}`);
  }
}

/** An address that now belongs to somebody else must not hand the next key over to them. */
function expectSameUsers({ stack, before }: PlayedRun): void {
  for (const { urn, state, isPendingDeletion } of stack.records) {
    const old = before.find((key) => key.urn === urn && !key.isPendingDeletion);
    if (old === undefined || isPendingDeletion || state.userEmail === undefined) continue;
    if (state.previousKeyId !== old.state.keyId || state.userEmail !== old.state.userEmail)
      continue;
    if (state.userId !== old.state.userId)
      throw new Error(`the rotation of ${urn} handed the key to another user`);
  }
}

/** What the run set about, its preview showed as the same or as more. */
function expectPreviewCovers({ result }: PlayedRun): void {
  const { planned, done, renamed } = result;
  if (planned === undefined) return;
  const covering: Record<Done["operation"], readonly Done["operation"][]> = {
    create: ["create", "replace"],
    update: ["update", "replace"],
    replace: ["replace"],
    delete: ["delete"],
    "delete replaced": ["delete replaced", "replace"],
  };
  for (const { urn, operation } of done) {
    const urns = new Set([urn, renamed.get(urn)]);
    const isShown = planned.some(
      (each) => urns.has(each.urn) && covering[operation].includes(each.operation),
    );
    if (!isShown)
      throw new Error(`the preview did not show that the run would ${operation} ${urn}`);
  }
}
