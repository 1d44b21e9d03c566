/**
 * Lets the revocations of one user's keys wait for one another, so that one list shows all of them gone.
 *
 * Under the rate limit they meet by themselves, in its queue. With hundreds of keys, though, the engine
 * hands them over more slowly than that, and each would ask for a list of its own. That more will come
 * is certain, because a key that was replaced in this run is revoked at its end. And waiting takes no
 * time from the run as long as the engine has others to hand over meanwhile: nobody waits once about
 * as many are here as it hands over at a time.
 */
import type { ApiKeyRef } from "../vultr/client";
import type { Clock } from "../vultr/clock";

export interface Confirmations {
  /** The key will be revoked in this run. */
  expect(key: ApiKeyRef): void;
  /** Its revocation begins. */
  join(key: ApiKeyRef): Member;
}

interface Member {
  /** The key is deleted and is to be seen gone: resolves when it is time to look. */
  gathered(): Promise<void>;
  /** The revocation has ended, well or badly. */
  leave(): void;
}

/** The longest that a member waits, in milliseconds. */
const longestWaitMs = 1_000;

/** If nobody has come for this long, in milliseconds, when a wait is over, waiting was in vain. */
const vainAfterMs = 500;

/** Members of one user who wait to look: what releases each. */
type Group = (() => void)[];

/** @param atATime how many the engine hands over at a time, unless it was told otherwise */
export function createConfirmations(clock: Clock, atATime: number): Confirmations {
  const expected = new Map<string, Set<string>>();
  const groups = new Map<string, Group>();
  let present = 0;
  let mostPresent = 0;
  let firstArrivalMs: number | undefined;
  let lastArrivalMs = 0;
  /** What all members together spent on requests, in milliseconds. */
  let busyMs = 0;
  /** The engine hands over fewer at a time than was thought, or will not hand over the rest. */
  let isInVain = false;

  /** As many places are left as are usually at work, so that the engine is never without one. */
  function isFull(): boolean {
    const elapsedMs = clock.now() - (firstArrivalMs ?? clock.now());
    const usuallyAtWork = elapsedMs > 0 ? busyMs / elapsedMs : 0;
    return present >= atATime - Math.max(1, Math.ceil(usuallyAtWork));
  }

  const isComplete = (userId: string) => (expected.get(userId)?.size ?? 0) === 0;

  const mayLook = (userId: string) => isInVain || isFull() || isComplete(userId);

  function release(userId: string, group: Group): void {
    groups.delete(userId);
    for (const resume of group) resume();
  }

  function releaseReady(): void {
    for (const [userId, group] of groups) if (mayLook(userId)) release(userId, group);
  }

  /** Waits with the others of the user; resolves when they are released. */
  function waitFor(userId: string): Promise<void> {
    const group = groups.get(userId) ?? startGroup(userId);
    return new Promise((resume) => group.push(resume));
  }

  function startGroup(userId: string): Group {
    const group: Group = [];
    groups.set(userId, group);
    void clock.sleep(longestWaitMs).then(() => {
      if (groups.get(userId) !== group) return;
      // An engine that has filled the room before is only slow.
      isInVain ||= mostPresent < atATime - 1 && clock.now() - lastArrivalMs > vainAfterMs;
      release(userId, group);
      releaseReady();
    });
    return group;
  }

  return {
    expect({ userId, keyId }) {
      expected.set(userId, (expected.get(userId) ?? new Set()).add(keyId));
    },
    join({ userId, keyId }) {
      const joinedMs = clock.now();
      let waitedMs = 0;
      firstArrivalMs ??= joinedMs;
      lastArrivalMs = joinedMs;
      present += 1;
      mostPresent = Math.max(mostPresent, present);
      expected.get(userId)?.delete(keyId);
      releaseReady();
      return {
        async gathered() {
          if (mayLook(userId)) return;
          const sinceMs = clock.now();
          await waitFor(userId);
          waitedMs = clock.now() - sinceMs;
        },
        leave() {
          present -= 1;
          busyMs += clock.now() - joinedMs - waitedMs;
        },
      };
    },
  };
}
