/**
 * What this process has learnt during one run of the engine. Create is told neither which key it
 * replaces nor whether it replaces one; check and diff, which ran before it, are.
 */
import type { ListedApiKey } from "../vultr/schemas";
import type { KeyInputs } from "./inputs";
import type { KeyState } from "./state";

interface Successor {
  keyId: string;
  apiKey: string;
}

export interface RunMemory {
  /** check: a resource with these inputs exists already. */
  noteExisting(inputs: object): void;
  /** diff: the state of a resource whose program now gives these inputs. */
  noteCurrent(state: KeyState, inputs: object): void;
  /** A key is in state, or on its way there: create made it, or read was asked about it. */
  noteRecorded(keyId: string, name: string): void;
  /** create: `successor` was made to replace the key `keyId`. */
  noteSuccessor(keyId: string, successor: Successor): void;
  successorOf(keyId: string): Successor | undefined;
  /** May the key that the provider authenticates with be deleted, as this run's program says? */
  maySelfRevoke(keyId: string): boolean;
  /** Is a create with these inputs a replacement? */
  isReplacement(inputs: KeyInputs): boolean;
  /** The key that a create with these inputs replaces; undefined where that is not certain. */
  predecessorOf(inputs: KeyInputs): KeyState | undefined;
  /** The keys that a user had when this run first asked; `list` is called once a user. */
  keysAtFirst(userId: string, list: () => Promise<ListedApiKey[]>): Promise<ListedApiKey[]>;
  /** Names of keys that are in state, by id, as far as this run has seen. */
  readonly recorded: ReadonlyMap<string, string>;
}

export function createRunMemory(): RunMemory {
  const existing = new Set<string>();
  const current = new Map<string, KeyState[]>();
  const recorded = new Map<string, string>();
  const successors = new Map<string, Successor>();
  const firstLists = new Map<string, Promise<ListedApiKey[]>>();
  const selfRevocable = new Set<string>();

  return {
    recorded,
    noteExisting(inputs) {
      existing.add(canonical(inputs));
    },
    noteCurrent(state, inputs) {
      recorded.set(state.keyId, state.name);
      if ("allowSelfRevoke" in inputs && inputs.allowSelfRevoke === true)
        selfRevocable.add(state.keyId);
      const same = current.get(canonical(inputs)) ?? [];
      if (!same.some((other) => other.keyId === state.keyId)) same.push(state);
      current.set(canonical(inputs), same);
    },
    noteRecorded(keyId, name) {
      recorded.set(keyId, name);
    },
    noteSuccessor(keyId, successor) {
      successors.set(keyId, successor);
    },
    successorOf: (keyId) => successors.get(keyId),
    keysAtFirst(userId, list) {
      const known = firstLists.get(userId);
      if (known !== undefined) return known;
      const asked = list();
      firstLists.set(userId, asked);
      asked.catch(() => firstLists.delete(userId)); // the next one asks again
      return asked;
    },
    maySelfRevoke: (keyId) => selfRevocable.has(keyId),
    isReplacement: (inputs) => existing.has(canonical(inputs)),
    predecessorOf(inputs) {
      // Two resources that differ in nothing but their parent: which one is meant cannot be told.
      const candidates = current.get(canonical(inputs)) ?? [];
      return candidates.length === 1 ? candidates[0] : undefined;
    },
  };
}

/** Equal for equal JSON, whatever the order of its properties. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
