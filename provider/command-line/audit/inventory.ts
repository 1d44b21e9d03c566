/** What Vultr has: the users asked for, and all of their keys. As fast as the rate limit allows. */
import { operationLimit } from "../../keys/context";
import { listKeys } from "../../keys/presence";
import type { VultrClient } from "../../vultr/client";
import type { Clock } from "../../vultr/clock";
import type { ListedApiKey, VultrUser } from "../../vultr/schemas";
import { UsageError } from "../command";
import type { Terminal } from "../terminal";

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
 * @throws {UsageError} a user asked for is not in the account, or an address is ambiguous
 * @throws {VultrError} one list could not be read: half an inventory would be none
 */
export async function takeInventory(
  client: VultrClient,
  wanted: readonly string[],
  terminal: Terminal,
): Promise<Inventory> {
  const { clock } = terminal;
  terminal.say("Listing the account's users …");
  const all = await client.listUsers(limits(clock));
  const users = wanted.length === 0 ? all : wanted.map((user) => findUser(all, user));
  // The order of the users, whoever's list comes first.
  const keys: Inventory["keys"] = new Map(users.map(({ userId }) => [userId, []]));
  const waiting = keys.keys();
  let readCount = 0;
  let nextProgressMs = clock.monotonicMs() + progressEveryMs;

  async function look(): Promise<void> {
    for (const userId of waiting) {
      keys.set(userId, await keysOfUser(client, userId, clock));
      readCount += 1;
      if (clock.monotonicMs() < nextProgressMs) continue;
      nextProgressMs = clock.monotonicMs() + progressEveryMs;
      terminal.say(`Read the keys of ${readCount} of ${keys.size} users …`);
    }
  }

  await Promise.all(Array.from({ length: lookersAtOnce }, look));
  return { emails: new Map(all.map(({ userId, email }) => [userId, email])), keys };
}

function findUser(all: readonly VultrUser[], wanted: string): VultrUser {
  const lower = wanted.trim().toLowerCase();
  const matches = all.filter(({ userId, email }) =>
    [userId, email].some((text) => text.toLowerCase() === lower),
  );
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match;
  throw new UsageError(
    `${matches.length} of the account's ${all.length} users have the id or e-mail address "${wanted}": --user needs that of one`,
  );
}

/** What Vultr lists now. @throws {VultrError} an incomplete list, too: it proves nothing */
export async function keysOfUser(
  client: VultrClient,
  userId: string,
  clock: Clock,
): Promise<ListedApiKey[]> {
  // Who is missing by now has no keys to show.
  return (await listKeys({ client, clock }, userId, operationLimit({ clock }))) ?? [];
}

function limits(clock: Clock) {
  return { ...operationLimit({ clock }), notBeforeMs: clock.monotonicMs() };
}
