/** What Vultr has: the users asked for, and all of their keys. As fast as the rate limit allows. */
import { type Looker, operationLimit } from "../../keys/context";
import { listKeys } from "../../keys/presence";
import type { ListedApiKey } from "../../vultr/schemas";
import { userCalled } from "../users";

/** Each list has a limit of its own. */
type Unlimited = Omit<Looker, "limit">;

export interface Inventory {
  /** E-mail addresses of all users of the account, by user id. */
  emails: ReadonlyMap<string, string>;
  /** Keys of the users that were looked at, by user id. */
  keys: Map<string, readonly ListedApiKey[]>;
}

export interface InventoryKey extends ListedApiKey {
  userId: string;
}

export function keysIn({ keys }: Inventory): InventoryKey[] {
  return [...keys].flatMap(([userId, listed]) => listed.map((key) => ({ ...key, userId })));
}

/** Enough to use up the limit if an answer takes two seconds. */
const lookersAtOnce = 60;

const progressEveryMs = 5_000;

/**
 * @param wanted ids or e-mail addresses; empty means everybody
 * @param say shows progress
 * @throws {VultrError} a user asked for is not in the account, an address is that of several, or one list could
 *   not be read: half an inventory would be none
 */
export async function takeInventory(
  looker: Unlimited,
  wanted: readonly string[],
  say: (progress: string) => void,
): Promise<Inventory> {
  const { client, clock } = looker;
  say("Listing the account's users …");
  // A list that was asked for before this moment is too old.
  const now = { ...operationLimit(clock), notBeforeMs: clock.monotonicMs() };
  const all = await client.listUsers(now);
  const users = wanted.length === 0 ? all : wanted.map((user) => userCalled(user, all));
  // The order of the users, whoever's list comes first.
  const keys: Inventory["keys"] = new Map(users.map(({ userId }) => [userId, []]));
  const waiting = keys.keys();
  let readCount = 0;
  let nextProgressMs = clock.monotonicMs() + progressEveryMs;

  async function look(): Promise<void> {
    for (const userId of waiting) {
      keys.set(userId, await keysOfUser(looker, userId));
      readCount += 1;
      if (clock.monotonicMs() < nextProgressMs) continue;
      nextProgressMs = clock.monotonicMs() + progressEveryMs;
      say(`Read the keys of ${readCount} of ${keys.size} users …`);
    }
  }

  await Promise.all(Array.from({ length: lookersAtOnce }, look));
  return { emails: new Map(all.map(({ userId, email }) => [userId, email])), keys };
}

/** What Vultr lists now. @throws {VultrError} an incomplete list, too: it proves nothing */
export async function keysOfUser(looker: Unlimited, userId: string): Promise<ListedApiKey[]> {
  // A user who is gone by now has no keys to show.
  return (await listKeys({ ...looker, limit: operationLimit(looker.clock) }, userId)) ?? [];
}
