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

export interface Company {
  /** The key will be revoked in this run. */
  expect(key: ApiKeyRef): void;
  /** Its revocation begins. */
  join(key: ApiKeyRef): Member;
}

export interface Member {
  /** The key is deleted and is to be seen gone: resolves when it is time to look. */
  gathered(): Promise<void>;
  /** The revocation has ended, well or badly. */
  leave(): void;
}

/** Members who share a list: more would save next to nothing. */
const enough = 6;

/** The longest that a member waits, in milliseconds. */
const longestWaitMs = 1_000;

/** Without an arrival for this long, in milliseconds, and for eight times the usual, nobody comes before somebody leaves. */
const shortestStallMs = 300;

/** Members of one user who wait to look. */
interface Group {
  /** When they look, whoever else may come, in milliseconds since the epoch. */
  dueMs: number;
  /** What releases each. */
  members: (() => void)[];
}

/** @param parallelism how many the engine probably hands over at a time; corrected by what happens */
export function createCompany(clock: Clock, parallelism: number): Company {
  const expected = new Map<string, Set<string>>();
  const groups = new Map<string, Group>();
  let atATime = parallelism;
  let present = 0;
  let arrivals = 0;
  let firstArrivalMs = 0;
  let lastArrivalMs = 0;
  /** What all members together spent on requests, in milliseconds. */
  let busyMs = 0;
  let isWatching = false;

  /** Room is left for as many as are usually at work, so that the engine is never without one. */
  function isFull(): boolean {
    const elapsedMs = clock.now() - firstArrivalMs;
    const usuallyAtWork = elapsedMs > 0 ? busyMs / elapsedMs : 0;
    return present >= atATime - Math.max(1, Math.ceil(usuallyAtWork));
  }

  const isComplete = (userId: string) => (expected.get(userId)?.size ?? 0) === 0;

  function mayLook(userId: string): boolean {
    const group = groups.get(userId);
    const isDue = group !== undefined && clock.now() >= group.dueMs;
    return isDue || (group?.members.length ?? 0) >= enough || isFull() || isComplete(userId);
  }

  function releaseReady(): void {
    for (const [userId, group] of groups) {
      if (!mayLook(userId)) continue;
      groups.delete(userId);
      for (const release of group.members) release();
    }
  }

  /** Waits with the others of the user; resolves when they are released. */
  function waitFor(userId: string): Promise<void> {
    const group = groups.get(userId) ?? { dueMs: clock.now() + longestWaitMs, members: [] };
    groups.set(userId, group);
    const released = new Promise<void>((release) => group.members.push(release));
    releaseReady();
    void watch();
    return released;
  }

  /** Releases those for whom nobody comes, and learns from it how many come at a time. */
  async function watch(): Promise<void> {
    if (isWatching) return;
    isWatching = true;
    for (;;) {
      const usualGapMs = arrivals < 2 ? 0 : (lastArrivalMs - firstArrivalMs) / (arrivals - 1);
      const stalledAtMs = lastArrivalMs + Math.max(shortestStallMs, 8 * usualGapMs);
      if (clock.now() >= stalledAtMs) atATime = present;
      releaseReady();
      if (groups.size === 0) break;
      const wakeMs = Math.min(stalledAtMs, ...[...groups.values()].map(({ dueMs }) => dueMs));
      await clock.sleep(Math.ceil(wakeMs - clock.now()));
    }
    isWatching = false;
  }

  return {
    expect({ userId, keyId }) {
      expected.set(userId, (expected.get(userId) ?? new Set()).add(keyId));
    },
    join({ userId, keyId }) {
      const joinedMs = clock.now();
      let waitedMs = 0;
      if (arrivals === 0) firstArrivalMs = joinedMs;
      arrivals += 1;
      lastArrivalMs = joinedMs;
      present += 1;
      atATime = Math.max(atATime, present);
      expected.get(userId)?.delete(keyId);
      releaseReady();
      return {
        async gathered() {
          if (isFull() || isComplete(userId)) return;
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
