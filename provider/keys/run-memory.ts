/**
 * What one provider process has seen of a run of the engine, for each resource: it helps to decide which
 * keys may be revoked. URNs tell resources apart, because two may have equal args and equal names. All of it
 * is lost when the process ends; what must outlast a run is in state.
 */
import { isDeepStrictEqual } from "node:util";

import type { ListedApiKey } from "../vultr/schemas";
import type { KeyInputs } from "./inputs";
import { isAdopted, type KeyState } from "./state";

/** A state that tells at least which key it is of. */
export type RecordedKey = Partial<KeyState> & Pick<KeyState, "keyId">;

/** The resource's URN, or its name if its state is from 0.1.0. */
export type Identity = string;

/** A resource that the program declares in this run: check was called for it. */
export interface DeclaredResource {
  identity: Identity;
  /** The program's args, as the last check got them. */
  args: KeyInputs;
  /** The engine has inputs of it from an earlier run. */
  isKnownToEngine: boolean;
  /** The key in state, as the engine passed it to diff. */
  recorded?: KeyState;
  /** The key that create made or adopted, or update proved, in this run. */
  made?: KeyState;
  /** What was called last for it, and with which outcome. */
  lastCall: "check: known" | "check: new" | "diff: stays" | "diff: changes";
}

/** @returns "" if neither URN nor name is there: a transform dropped them */
export function identityOf(inputs: Pick<KeyInputs, "resourceUrn" | "resourceName">): Identity {
  return inputs.resourceUrn ?? inputs.resourceName ?? "";
}

export function identitiesOf(resources: readonly DeclaredResource[]): string {
  return resources.map(({ identity }) => identity).join(", ");
}

export function currentKey({ made, recorded }: DeclaredResource): KeyState | undefined {
  return made ?? recorded;
}

/** Is this a state of the resource, by its present URN or a former one? A state without a URN is matched by name. */
export function isOfResource(
  state: Partial<KeyState>,
  { identity, args, recorded }: Pick<DeclaredResource, "identity" | "args" | "recorded">,
): boolean {
  const { resourceUrn, resourceName, keyId } = state;
  const own = resourceUrn ?? resourceName;
  if (own === undefined) return false;
  const [now, before] =
    resourceUrn === undefined
      ? [args.resourceName, recorded?.resourceName]
      : [identity, recorded?.resourceUrn];
  if (own === now) return true;
  if (recorded === undefined || ![before, ...(recorded.formerUrns ?? [])].includes(own))
    return false;
  // Another resource may have the former URN by now: its keys are younger. After a second rotation here, age no longer
  // tells of a borrowed key whether that resource has borrowed it again.
  const { previousKeyId = keyId } = recorded;
  return !isYounger(state, recorded) && (!isAdopted(state) || previousKeyId === keyId);
}

/** Did the resource of this state have that key before? State names its last key, and the adopted one after any number of rotations. */
export function isReplacedBy(state: KeyState | undefined, keyId: string): boolean {
  if (state === undefined || state.keyId === keyId) return false;
  return state.previousKeyId === keyId || state.adoptKeyId === keyId;
}

function isYounger({ createdAt }: Partial<KeyState>, than: KeyState): boolean {
  if (createdAt === undefined || than.createdAt === undefined) return false;
  return Date.parse(createdAt) > Date.parse(than.createdAt);
}

export type RunMemory = ReturnType<typeof createRunMemory>;

export function createRunMemory() {
  const resources = new Map<Identity, DeclaredResource>();
  const knownKeyIds = new Set<string>();
  const reportedKeyIds = new Set<string>();
  const firstListsByUser = new Map<string, Promise<ListedApiKey[] | undefined>>();
  const failed = new Set<Identity | undefined>();
  const refreshed = new Map<Identity, { state: KeyState; isGone: boolean }>();

  const all = () => [...resources.values()];
  /** Is the resource new or to be replaced, and its new key not made yet? */
  const isAwaitingKey = ({ lastCall, made }: DeclaredResource) =>
    lastCall === "check: new" && made === undefined;

  return {
    /**
     * check: a resource with these args is declared.
     *
     * @returns false if another resource has claimed this identity in this run
     */
    noteDeclared(args: KeyInputs, isKnownToEngine: boolean): boolean {
      const identity = identityOf(args);
      const earlier = resources.get(identity);
      const last = earlier?.lastCall;
      // The engine checks each resource once, and one that it replaces again, as if it were new.
      const isReplaced = !isKnownToEngine && (last === "check: known" || last === "diff: changes");
      // Diff said that it stays, and the engine replaces it all the same: an interrupted run has deleted its key
      // already. The key in state is then no longer its key.
      const isReplacedAnyway =
        !isKnownToEngine && last === "diff: stays" && isDeepStrictEqual(args, earlier?.args);
      if (isReplacedAnyway) delete earlier?.recorded;
      resources.set(identity, {
        isKnownToEngine, // as the first check said
        ...earlier,
        identity,
        args,
        lastCall: isKnownToEngine ? "check: known" : "check: new",
      });
      return last === undefined || isReplaced || isReplacedAnyway;
    },
    /**
     * Does the engine call diff for the registration that was just checked? Its other calls of diff bring the
     * inputs of an earlier run: after a rename in state, their URN may be another resource's by now.
     */
    isBeingRegistered(identity: Identity): boolean {
      return resources.get(identity)?.lastCall === "check: known";
    },
    /** diff: state records this key for the resource. */
    noteRecorded(identity: Identity, state: KeyState, mayBeReplaced: boolean): void {
      knownKeyIds.add(state.keyId);
      const resource = resources.get(identity);
      if (resource === undefined) return;
      resource.recorded = state;
      resource.lastCall = mayBeReplaced ? "diff: changes" : "diff: stays";
    },
    /** create or update: the resource now has this key, also if an earlier try failed. */
    noteMade(identity: Identity, state: KeyState): void {
      knownKeyIds.add(state.keyId);
      failed.delete(identity);
      const resource = resources.get(identity);
      if (resource !== undefined) resource.made = state;
    },
    /** read, and diff of a resource that is not declared: state records the key. */
    noteKnown(keyId: string): void {
      knownKeyIds.add(keyId);
    },
    /** read: a refresh asked for the key. If the resource's own is gone, the engine forgets it, and makes the next one as if it were the first. */
    noteRefreshed(state: KeyState, isGone: boolean): void {
      const identity = identityOf(state);
      const other = refreshed.get(identity)?.state;
      // The engine asks for keys that wait for their deletion too: they are older, by the clocks that state has. A key that is looked up has no age.
      const isCurrent = other === undefined || isYounger(state, other);
      if (state.createdAt !== undefined && isCurrent) refreshed.set(identity, { state, isGone });
    },
    /** What state records of the key that a new one is to replace, or did before this run's refresh. */
    predecessorOf(identity: Identity): KeyState | undefined {
      const recorded = resources.get(identity)?.recorded;
      const last = refreshed.get(identity);
      if (recorded !== undefined || last === undefined) return recorded;
      return last.isGone && !isAdopted(last.state) ? last.state : undefined;
    },
    /** read: the program looks these keys up, so something in it may use them. */
    lookedUpKeyIds: new Set<string>(),
    /**
     * A key could not be made or proven.
     *
     * @param identity given if the engine may try again, as hooks can ask it to
     */
    noteFailure(identity?: Identity): void {
      failed.add(identity);
    },
    get hasFailed(): boolean {
      return failed.size > 0;
    },
    resource(identity: Identity): DeclaredResource | undefined {
      return resources.get(identity);
    },
    /** What state records of the keys of declared resources, as far as diff was asked. */
    recordedKeys(): KeyState[] {
      return all().flatMap(({ recorded }) => recorded ?? []);
    },
    /** The keys that declared resources have now, as far as this run knows them. */
    currentKeys(): KeyState[] {
      return all().flatMap((resource) => currentKey(resource) ?? []);
    },
    /** The declared resources whose key this is, or was: one, unless an old state does not tell which. */
    ownersOf(key: RecordedKey): DeclaredResource[] {
      const { keyId } = key;
      // The first link that any resource has decides.
      const links: ((resource: DeclaredResource) => boolean)[] = [
        ({ recorded }) => recorded?.keyId === keyId,
        ({ recorded, made }) => [made, recorded].some((state) => isReplacedBy(state, keyId)),
        // State keeps the URN that the key was made under, which another resource may have by now. After --replace
        // nothing tells which key a waiting resource had. It may be this one: then its URN does not decide.
        (resource) =>
          isOfResource(key, resource) &&
          !all().some((each) => isAwaitingKey(each) && each.recorded === undefined),
      ];
      for (const link of links) {
        const owners = all().filter(link);
        if (owners.length > 0) return owners;
      }
      return [];
    },
    /** The declared resources that hold this key now, or are to adopt it; not the one with the inputs `except`. */
    holdersOf(keyId: string, except?: KeyInputs): DeclaredResource[] {
      return all().filter((resource) => {
        if (except !== undefined && resource.identity === identityOf(except)) return false;
        const current = currentKey(resource);
        return current === undefined
          ? resource.args.adoptKeyId === keyId && !resource.isKnownToEngine
          : current.keyId === keyId;
      });
    },
    /** The declared resources that still wait for a new key: none, once the program has ended. */
    awaited(): DeclaredResource[] {
      return all().filter(isAwaitingKey);
    },
    /** True if this run has made the key or seen it in state. */
    isKnown(keyId: string): boolean {
      return knownKeyIds.has(keyId);
    },
    /** A key that is not known was found; it stays unknown. @returns true the first time, to tell people once */
    noteUnknown(keyId: string): boolean {
      const isFirst = !reportedKeyIds.has(keyId);
      reportedKeyIds.add(keyId);
      return isFirst;
    },
    /** The keys that a user had when this run first asked; `list` is called once for each user. */
    keysAtFirst(
      userId: string,
      list: () => Promise<ListedApiKey[] | undefined>,
    ): Promise<ListedApiKey[] | undefined> {
      const earlier = firstListsByUser.get(userId);
      if (earlier !== undefined) return earlier;
      const listing = list();
      firstListsByUser.set(userId, listing);
      listing.catch(() => firstListsByUser.delete(userId)); // the next call lists again
      return listing;
    },
  };
}
