/**
 * May this key die now? The engine's order (new key, dependents, old key) is a default that options and
 * errors override, so every deletion asks here. A refusal keeps the old object as pending deletion; once
 * its cause is gone, one run converges.
 */
import type { ApiKeyRef } from "../vultr/client";
import { VultrError } from "../vultr/errors";
import { word } from "../words";
import { isOfOtherUser } from "./owner";
import {
  currentKey,
  type DeclaredResource,
  identitiesOf,
  identityOf,
  isOfResource,
  isReplacedBy,
  type RecordedKey,
  type RunMemory,
} from "./run-memory";
import { forgetAdvice, type Looker, renewAdvice, rotateAdvice } from "./context";
import { lookOnce } from "./presence";
import { isAdopted, isExpired } from "./state";

/**
 * @returns false for a borrowed key that is not being rotated: it stays as it was found
 * @throws {VultrError} not in this run, or not yet; says why and what to change
 */
export function mayRevoke(memory: RunMemory, state: RecordedKey): boolean {
  const { keyId } = state;
  const owners = memory.ownersOf(state);
  if (isAdopted(state) && !owners.some((owner) => isRotating(owner, state))) return false;
  if (memory.hasFailed)
    throw refused(
      keyId,
      "a key could not be made or proven in this run, and then no key is revoked",
      "Correct what the other error says and run `pulumi up` again: it revokes this key as well.",
    );
  const holders = memory.holdersOf(keyId);
  const [holder, ...otherHolders] = holders;
  if (holder !== undefined && otherHolders.length === 0 && isInUseBy(holder, state))
    throw noSuccessorYet(keyId);
  if (holder !== undefined)
    throw refused(
      keyId,
      `another resource of this program holds it: ${identitiesOf(holders)}`,
      `A key has one owner: remove the other resource from the program. If that one is to keep this key, ${forgetAdvice}`,
    );
  if (memory.lookedUpKeyIds.has(keyId))
    throw refused(
      keyId,
      "this program looks it up, by `.get`, `get:` or `import`, and may use it",
      "Remove the look-up from the program, or let it look up another key.",
    );
  // If the engine is to delete first, in a run with a rename and --replace, nothing links the key to its new URN.
  if (owners.length === 0 && memory.awaited().length > 0) throw noSuccessorYet(keyId);
  for (const owner of owners) expectSuccessor(owner, state);
  const isUserNamed = owners.length > 0 && owners.every(({ args }) => args.userId !== undefined);
  if (!isUserNamed) refuseOtherUser(memory, state);
  return true;
}

/** Does this resource replace the borrowed key by one of ours? Only its own counts: another that had it may have rotated it long ago. */
function isRotating(owner: DeclaredResource, state: RecordedKey): boolean {
  const { made, recorded } = owner;
  if (isInUseBy(owner, state)) return true;
  if (recorded?.keyId === state.keyId) return isReplacedBy(made, state.keyId);
  if (!isOfResource(state, owner)) return false;
  return [made, recorded].some((each) => isReplacedBy(each, state.keyId));
}

/**
 * Is it this resource's own key, which nothing has replaced yet? Then the engine was told to delete first.
 * The two states are compared, not the URNs of the run: after a rename state keeps the URN from before.
 */
function isInUseBy({ made, recorded }: DeclaredResource, state: RecordedKey): boolean {
  if (made !== undefined || recorded?.keyId !== state.keyId) return false;
  return identityOf(recorded) === identityOf(state);
}

function expectSuccessor(owner: DeclaredResource, state: RecordedKey): void {
  const successor = currentKey(owner);
  if (successor === undefined) throw noSuccessorYet(state.keyId);
  if (successor.isUnproven === true)
    throw refused(
      state.keyId,
      `key ${successor.keyId}, which replaces it, has not been seen to authenticate`,
      `Run \`pulumi up\` again: it proves that key first. If that key never works, ${rotateAdvice(successor)}.`,
    );
  if (isAdopted(successor) && successor.apiKey === undefined)
    throw refused(
      state.keyId,
      `key ${successor.keyId}, which replaces it, was adopted without its plaintext and cannot be seen to authenticate`,
      `Give its plaintext in adoptApiKey, or ${rotateAdvice(successor)}: another key is made and proven.`,
    );
}

/**
 * An address that now belongs to somebody else takes no key from the user so far, whichever resource has the new
 * one: after a rename, or in a ring's next slot, nothing else links the two. An owner with a userId says who is meant.
 */
function refuseOtherUser(memory: RunMemory, state: RecordedKey): void {
  const { keyId, userId } = state;
  const other = memory.currentKeys().find((key) => isOfOtherUser(state, key));
  if (other === undefined) return;
  throw refused(
    keyId,
    `its userEmail now leads to another user, ${other.userId}, of whom this program has key ${other.keyId}`,
    `Write userId: ${userId ?? ""} for the user who is meant, or userId: ${other.userId} if the new one is.`,
  );
}

function noSuccessorYet(keyId: string): VultrError {
  return refused(
    keyId,
    "a key that may replace it is not made yet",
    "If another error says why, such as that of a hook, correct that and run `pulumi up` again. If not, something asks Pulumi to delete " +
      "before it creates: remove deleteBeforeReplace from this resource, its transforms, or the resource that it depends on.",
  );
}

/** A successor may have expired, and what an earlier run made may be gone: then the key that it replaced may be the last one that works. */
export async function expectLivingSuccessor(
  context: Looker,
  { keyId }: ApiKeyRef,
  owner: DeclaredResource,
): Promise<void> {
  const successor = currentKey(owner);
  if (successor === undefined) return;
  const { args, recorded } = owner;
  const replaces = `key ${successor.keyId}, which replaces it,`;
  if (isExpired(successor, context.clock.now()))
    throw refused(keyId, `${replaces} expired at ${successor.dateExpire ?? ""}`, renewAdvice(args));
  if (successor.keyId !== recorded?.keyId) return;
  const { listed } = await lookOnce(context, successor);
  if (listed === undefined)
    throw refused(
      keyId,
      `${replaces} is no longer listed by Vultr`,
      `Run \`pulumi up --refresh\`, which makes a new key if that one is gone; or ${rotateAdvice(args)}.`,
    );
}

function refused(keyId: string, why: string, hint: string): VultrError {
  return new VultrError({ message: `could not revoke API key ${keyId}: ${why}`, hint });
}

/** For diff and delete alike: the provider's own key is about to be revoked. */
export function selfRevokeRefused(keyId: string): VultrError {
  return refused(
    keyId,
    "it is the key that the provider itself authenticates with",
    `Run with another management key, in ${word.placeOfKey}. Or, to rotate it, set allowSelfRevoke: true and store the new key for the next run.`,
  );
}
