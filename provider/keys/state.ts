/**
 * What a stack keeps of a key. These names are promises: keys recorded by any earlier version must
 * still refresh and delete.
 */
import { createHash } from "node:crypto";

import { outputNames } from "../names";
import type { ApiKeyRef } from "../vultr/client";
import type { KeyInputs } from "./inputs";

/** Outputs beside the inputs they came from. Absent means absent: the engine takes no `undefined`. */
export interface KeyState extends Omit<KeyInputs, "adoptApiKey"> {
  /** The provider's text; the engine puts it back itself. */
  __provider?: string;
  /** Vultr's id of the key. */
  keyId: string;
  /** Vultr's id of the user who owns the key. */
  userId: string;
  /** The key's name at Vultr. */
  name: string;
  /** RFC 3339 UTC; absent for a key that never expires. */
  dateExpire?: string;
  /** RFC 3339 UTC; of an adopted key, when it was adopted. Absent for an imported key until its first update. */
  createdAt?: string;
  /** The plaintext; absent for a key adopted without it. */
  apiKey?: string;
  /** First 12 hex digits of the plaintext's SHA-256; absent where the plaintext is. */
  fingerprint?: string;
  /** RFC 3339 UTC; absent where the key has not been seen to authenticate. */
  verifiedAt?: string;
  /** The key that this one replaced; absent for the first one. */
  previousKeyId?: string;
  /** It was to be proven, was not, and could not be undone: it takes nothing over until update proves it. */
  isUnproven?: true;
  /** URNs that the resource had before, in states of 0.1.0 names: a key that waits for its deletion is recorded with one of them. */
  formerUrns?: string[];
}

/** What create hands to the engine. */
export interface CreateResult {
  /** `<user id>/<key id>`. */
  id: string;
  /** What the stack keeps. */
  outs: KeyState;
}

/** The key is borrowed: it was taken over as it was found, and has not been rotated since. */
export function isAdopted(state: Partial<KeyState>): boolean {
  return state.adoptKeyId !== undefined && state.adoptKeyId === state.keyId;
}

/**
 * What a resource keeps of a key that create made or adopted.
 *
 * @param predecessor what state records of the key that it replaces
 */
export function newState(
  inputs: KeyInputs,
  key: Pick<KeyState, "keyId" | "userId" | "name"> & {
    createdAt: string;
    dateExpire: string | undefined;
    apiKey: string | undefined;
    verifiedAt?: string | undefined;
  },
  predecessor?: KeyState,
): KeyState {
  const { adoptApiKey: _, ...kept } = inputs;
  const fingerprint = key.apiKey === undefined ? undefined : fingerprintOf(key.apiKey);
  const previousKeyId = predecessor?.keyId;
  const history = predecessor === undefined ? {} : historyOf(predecessor, inputs);
  return withoutUndefined({ ...kept, ...history, ...key, fingerprint, previousKeyId }) as KeyState;
}

/** What an update leaves as it is: the outputs, beside the args of now. */
export function keptState(state: KeyState, inputs: KeyInputs): KeyState {
  const { adoptApiKey: _, ...args } = inputs;
  const outputs = Object.fromEntries(outputNames.map((name) => [name, state[name]]));
  return withoutUndefined({ ...args, ...historyOf(state, inputs), ...outputs }) as KeyState;
}

export function isExpired({ dateExpire }: Pick<KeyState, "dateExpire">, nowMs: number): boolean {
  return dateExpire !== undefined && Date.parse(dateExpire) <= nowMs;
}

/** Has the resource another URN than the one that state records, after a rename with an alias? */
export function isRenamed({ resourceUrn, resourceName }: KeyState, inputs: KeyInputs): boolean {
  if (resourceUrn !== undefined) return resourceUrn !== inputs.resourceUrn;
  // A state of 0.1.0 has a name alone, one of the plugin neither.
  return resourceName !== undefined && resourceName !== inputs.resourceName;
}

/** What stays known of a resource, whatever the program says now: the key that it adopted, and its former URNs. */
function historyOf(
  state: KeyState,
  inputs: KeyInputs,
): Pick<KeyState, "adoptKeyId" | "formerUrns"> {
  const { adoptKeyId, resourceName = "", resourceUrn = resourceName, formerUrns = [] } = state;
  const urns = isRenamed(state, inputs) ? [...formerUrns, resourceUrn] : formerUrns;
  return { ...(adoptKeyId && { adoptKeyId }), ...(urns.length > 0 && { formerUrns: urns }) };
}

/** Pulumi's id of a key: enough to find it again. */
export function resourceId(key: ApiKeyRef): string {
  return `${key.userId}/${key.keyId}`;
}

/** The key that an id or a state speaks of. */
export function keyRefOf(id: string, state: Partial<KeyState>): ApiKeyRef | undefined {
  const [userId, keyId] = id.split("/");
  const ref = { userId: state.userId ?? userId ?? "", keyId: state.keyId ?? keyId ?? "" };
  return ref.userId === "" || ref.keyId === "" ? undefined : ref;
}

/** First 12 hex digits of the key's SHA-256. A key has 186 bits of chance, so this gives nothing away. */
export function fingerprintOf(apiKey: string): string {
  return createHash("sha256").update(apiKey).digest("hex").slice(0, 12);
}

/** `value` without any `undefined` in it: the engine fails on one after the key was made. */
export function withoutUndefined<T extends object>(value: T): T {
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([name, inner]: [string, unknown]) => [name, cleaned(inner)]);
  return Object.fromEntries(entries) as T;
}

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((inner) => cleaned(inner ?? null));
  return typeof value === "object" && value !== null ? withoutUndefined(value) : value;
}
