/** Who calls, and whether they may: the order in which Vultr is assumed to look. */
import {
  type Answer,
  errorAnswer,
  forbidden,
  invalidToken,
  notFound,
  otherUnauthorized,
} from "./answers";
import type { EmulatedAccount, EmulatedKey, EmulatedUser } from "./state";

export interface Caller {
  key: EmulatedKey;
  user: EmulatedUser;
}

/** What switches say of a key that works no more. */
const deadKeyAnswers = {
  "401": invalidToken,
  "401-other-text": otherUnauthorized,
  "403": forbidden,
};
const noManageUsers = { 401: otherUnauthorized, 403: forbidden, 404: notFound };
const refused = { 401: invalidToken, 403: forbidden };

/** The key that an `Authorization` header names, dead or alive. */
export function keyOfHeader(account: EmulatedAccount, header = ""): EmulatedKey | undefined {
  const token = /^Bearer (\S+)$/.exec(header)?.[1];
  return [...account.keys.values()].find((key) => key.apiKey === token);
}

/** The caller, or the answer that turns them away. */
export function authenticate(
  account: EmulatedAccount,
  key: EmulatedKey | undefined,
  findsKey: (key: EmulatedKey) => boolean,
): Caller | Answer {
  const switches = account.switches();
  if (key === undefined) return invalidToken;
  const user = account.users.get(key.userId);
  if (key.deletedAtMs !== undefined || user === undefined)
    return deadKeyAnswers[switches.deletedKeyUsed];
  if (account.isExpired(key)) return deadKeyAnswers[switches.expiredKeyUsed];
  if (!user.apiEnabled) return refused[switches.apiDisabled];
  if (user.status === "suspended" && switches.suspendedUser !== "accepted")
    return refused[switches.suspendedUser];
  if (key.usableFromMs > account.now() || !findsKey(key)) return invalidToken;
  const isLocked = switches.emptyAllowlist === "block" && !user.root;
  const address = user.blockedAddress ?? (isLocked ? "127.0.0.1" : undefined);
  if (address !== undefined)
    return errorAnswer(switches.addressRefused, `Unauthorized IP address: ${address}`);
  return { key, user };
}

export function mayManageUsers(account: EmulatedAccount, { user }: Caller): Answer | undefined {
  if (user.root || user.acls.includes("manage_users")) return undefined;
  return noManageUsers[account.switches().noManageUsers];
}

/** Who may manage keys may delete them too, unless that is a right of its own, which only root has. */
export function mayDeleteKeys(account: EmulatedAccount, { user }: Caller): Answer | undefined {
  return account.switches().deleteRight === "manage_users" || user.root ? undefined : forbidden;
}
