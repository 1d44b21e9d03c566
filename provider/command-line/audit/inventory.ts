/** What Vultr has: the users asked for, and all of their keys. As fast as the rate limit allows. */
import { operationLimitMs } from "../../lifecycle/context";
import { listKeys } from "../../lifecycle/presence";
import type { VultrClient } from "../../vultr/client";
import type { Clock } from "../../vultr/clock";
import type { ListedApiKey, VultrUser } from "../../vultr/schemas";
import { UsageError } from "../command";
import type { Terminal } from "../terminal";

export interface InventoryKey extends ListedApiKey {
  userId: string;
}

export interface Inventory {
  /** Users that were looked at, by id. */
  users: ReadonlyMap<string, VultrUser>;
  /** Ids of all users of the account, looked at or not. */
  accountUserIds: ReadonlySet<string>;
  keys: InventoryKey[];
}

interface InventoryOptions {
  client: VultrClient;
  /** Hears of progress now and then. */
  terminal: Pick<Terminal, "clock" | "say">;
  /** Ids or e-mail addresses; empty means everybody. */
  wanted: readonly string[];
}

/** Enough to use up the limit where an answer takes two seconds. */
const lookersAtOnce = 60;

const progressEveryMs = 5_000;

/**
 * @throws {UsageError} a user asked for is not in the account, or an address is ambiguous
 * @throws {VultrError} one list could not be read: half an inventory would be none
 */
export async function takeInventory(options: InventoryOptions): Promise<Inventory> {
  const { client, terminal, wanted } = options;
  terminal.say("Listing the account's users …");
  const all = await client.listUsers(limits(terminal.clock));
  const users = wanted.length === 0 ? all : wanted.map((user) => findUser(all, user));
  const byId = new Map(users.map((user) => [user.userId, user]));
  const keys = await keysOf([...byId.keys()], options);
  return { users: byId, accountUserIds: new Set(all.map((user) => user.userId)), keys };
}

function findUser(all: readonly VultrUser[], wanted: string): VultrUser {
  const lower = wanted.trim().toLowerCase();
  const matches = all.filter(
    (user) => user.userId.toLowerCase() === lower || user.email.toLowerCase() === lower,
  );
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match;
  throw new UsageError(
    match === undefined
      ? `none of the account's ${all.length} users is "${wanted}": give --user an id or an e-mail address`
      : `${matches.length} users have the address ${wanted}: give --user one of ${matches.map((user) => user.userId).join(", ")}`,
  );
}

async function keysOf(
  userIds: readonly string[],
  { client, terminal }: InventoryOptions,
): Promise<InventoryKey[]> {
  const { clock } = terminal;
  const lists = new Map<string, InventoryKey[]>();
  let nextProgressMs = clock.now() + progressEveryMs;
  const waiting = userIds.values();

  async function look(): Promise<void> {
    for (const userId of waiting) {
      const keys = await listKeys({ client }, userId, limits(clock));
      lists.set(
        userId,
        keys.map((key) => ({ ...key, userId })),
      );
      if (clock.now() < nextProgressMs) continue;
      nextProgressMs = clock.now() + progressEveryMs;
      terminal.say(`Read the keys of ${lists.size} of ${userIds.length} users …`);
    }
  }

  await Promise.all(Array.from({ length: lookersAtOnce }, look));
  return userIds.flatMap((userId) => lists.get(userId) ?? []);
}

function limits(clock: Clock) {
  const nowMs = clock.now();
  return { deadlineMs: nowMs + operationLimitMs, notBeforeMs: nowMs };
}
