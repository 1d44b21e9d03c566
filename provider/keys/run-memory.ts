/**
 * What one provider process has seen of a run of the engine, by resource. A resource is its URN: two
 * resources may have equal args and equal names. Nothing here outlives the process, so nothing here may
 * be needed to keep a key alive; it only tells which keys may die.
 */
import { isDeepStrictEqual } from "node:util";

import type { ListedApiKey } from "../vultr/schemas";
import type { KeyInputs } from "./inputs";
import type { KeyState } from "./state";

/** What identifies a resource: its URN, or in a state of 0.1.0 its name. */
export type Identity = string;

/** A resource that is declared in this run: its check was called. */
export interface DeclaredResource {
  identity: Identity;
  /** The program's args, as the last check got them. */
  args: KeyInputs;
  /** The engine had inputs of it from an earlier run. */
  isKnownToEngine: boolean;
  /** The key that state records, as diff was told. */
  recorded?: KeyState;
  /** The key that create made or adopted, or update proved, in this run. */
  made?: KeyState;
}

/** @returns undefined if neither URN nor name is there: a transform dropped them */
export function identityOf(
  inputs: Pick<KeyInputs, "resourceUrn" | "resourceName">,
): Identity | undefined {
  return inputs.resourceUrn ?? inputs.resourceName;
}

/** Tells resources apart: is it another one than that of these inputs? */
export function isOther(inputs: Pick<KeyInputs, "resourceUrn" | "resourceName">) {
  const own = identityOf(inputs);
  return ({ identity }: DeclaredResource): boolean => identity !== own;
}

/** For messages. */
export function namesOf(resources: readonly DeclaredResource[]): string {
  return resources.map(({ identity }) => identity).join(", ");
}

/** The key that a resource has now. */
export function currentKey({ made, recorded }: DeclaredResource): KeyState | undefined {
  return made ?? recorded;
}

type Call = "check of an existing resource" | "check of a new resource" | "diff: stays";

export type RunMemory = ReturnType<typeof createRunMemory>;

export function createRunMemory() {
  const resources = new Map<Identity, DeclaredResource>();
  const lastCalls = new Map<Identity, Call>();
  const toBeMade = new Set<Identity>();
  const known = new Set<string>();
  const named = new Set<string>();
  const firstLists = new Map<string, Promise<ListedApiKey[] | undefined>>();
  let hasFailed = false;

  const all = () => [...resources.values()];

  return {
    /**
     * check: a resource with these args is declared.
     *
     * @returns false if another resource has claimed this identity in this run
     */
    noteDeclared(args: KeyInputs, isKnownToEngine: boolean): boolean {
      const identity = identityOf(args) ?? "";
      // One resource is checked once; a replacement is checked again, as if it were new, with the same args.
      // A move to another provider, and a key that an interrupted run deleted first, are replaced although diff
      // said that they stay.
      const last = lastCalls.get(identity);
      const isCheckedAgain =
        !isKnownToEngine &&
        (last === "check of an existing resource" ||
          (last === "diff: stays" && isDeepStrictEqual(args, resources.get(identity)?.args)));
      // The engine replaces it although diff said that it stays: what state recorded is no longer its key.
      if (last === "diff: stays" && isCheckedAgain) delete resources.get(identity)?.recorded;
      lastCalls.set(
        identity,
        isKnownToEngine ? "check of an existing resource" : "check of a new resource",
      );
      if (!isKnownToEngine) toBeMade.add(identity);
      resources.set(identity, { isKnownToEngine, ...resources.get(identity), identity, args });
      return last === undefined || isCheckedAgain;
    },
    /** diff: state records this key for the resource. */
    noteRecorded(identity: Identity, state: KeyState, mayBeReplaced: boolean): void {
      known.add(state.keyId);
      const resource = resources.get(identity);
      if (resource === undefined) return;
      resource.recorded = state;
      if (!mayBeReplaced) lastCalls.set(identity, "diff: stays");
    },
    /** create or update: the resource now has this key. */
    noteMade(identity: Identity, state: KeyState): void {
      known.add(state.keyId);
      toBeMade.delete(identity);
      const resource = resources.get(identity);
      if (resource !== undefined) resource.made = state;
    },
    /** read, delete: a state records the key. */
    noteKnown(keyId: string): void {
      known.add(keyId);
    },
    /** A key could not be made or proven. */
    noteFailure(): void {
      hasFailed = true;
    },
    get hasFailed(): boolean {
      return hasFailed;
    },
    resource(identity: Identity): DeclaredResource | undefined {
      return resources.get(identity);
    },
    /** The declared resources whose key this is, or was: one, unless an old state does not tell which. */
    ownersOf(key: Pick<KeyState, "keyId"> & Partial<KeyState>): DeclaredResource[] {
      const { keyId, resourceUrn, resourceName } = key;
      const links: ((resource: DeclaredResource) => boolean)[] = [
        ({ recorded }) => recorded?.keyId === keyId,
        ({ recorded, made }) => [made, recorded].some((state) => state?.previousKeyId === keyId),
        ({ identity }) => identity === resourceUrn,
        ({ args }) =>
          resourceUrn === undefined &&
          resourceName !== undefined &&
          args.resourceName === resourceName,
      ];
      for (const link of links) {
        const owners = all().filter(link);
        if (owners.length > 0) return owners;
      }
      return [];
    },
    /** The declared resources that hold this key now, or are to adopt it. */
    holdersOf(keyId: string): DeclaredResource[] {
      return all().filter((resource) => {
        const current = currentKey(resource);
        return current === undefined
          ? resource.args.adoptKeyId === keyId && !resource.isKnownToEngine
          : current.keyId === keyId;
      });
    },
    /** The declared resources whose key is to be made and is not yet: none, once the program has ended. */
    awaited(): DeclaredResource[] {
      return all().filter(({ identity }) => toBeMade.has(identity));
    },
    /** Has this run seen the key in a state, or made it? */
    isKnown(keyId: string): boolean {
      return known.has(keyId);
    },
    /** True once for each key: what many resources find is named to people once, and stays unknown. */
    isNews(keyId: string): boolean {
      const isNew = !named.has(keyId);
      named.add(keyId);
      return isNew;
    },
    /** The keys that a user had when this run first asked; `list` is called once a user. */
    keysAtFirst(
      userId: string,
      list: () => Promise<ListedApiKey[] | undefined>,
    ): Promise<ListedApiKey[] | undefined> {
      const earlier = firstLists.get(userId);
      if (earlier !== undefined) return earlier;
      const asked = list();
      firstLists.set(userId, asked);
      asked.catch(() => firstLists.delete(userId)); // the next one asks again
      return asked;
    },
  };
}

/** What is on the way to a new or a proven key: if it fails, no key may be revoked in this run. */
export async function notingFailure<T>(
  memory: Pick<RunMemory, "noteFailure">,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    memory.noteFailure();
    throw error;
  }
}
