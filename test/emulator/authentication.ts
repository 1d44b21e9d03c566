/** Who calls, and whether they may: the order in which Vultr is assumed to look. */
import {
  type Answer,
  deadKeyAnswer,
  errorAnswer,
  forbidden,
  invalidToken,
  noManageUsersAnswer,
  unauthorizedAddress,
} from "./answers";
import type { EmulatedAccount, EmulatedKey, EmulatedUser } from "./state";

export interface Caller {
  key: EmulatedKey;
  user: EmulatedUser;
}

/** The key that an `Authorization` header names, dead or alive. */
export function keyOfHeader(account: EmulatedAccount, header = ""): EmulatedKey | undefined {
  const token = /^Bearer (\S+)$/.exec(header)?.[1];
  if (token === undefined) return undefined;
  return [...account.keys.values()].find((key) => key.apiKey === token);
}

/** The caller, or the answer that turns them away. */
export function authenticate(
  account: EmulatedAccount,
  key: EmulatedKey | undefined,
  findsKey: (key: EmulatedKey) => boolean,
): Caller | Answer {
  const switches = account.switches();
  if (key === undefined) return errorAnswer(401, invalidToken);
  const user = account.users.get(key.userId);
  if (key.deletedAtMs !== undefined || user === undefined)
    return deadKeyAnswer(switches.deletedKeyUsed);
  if (account.isExpired(key)) return deadKeyAnswer(switches.expiredKeyUsed);
  if (!user.apiEnabled)
    return switches.apiDisabled === 403 ? forbidden() : errorAnswer(401, invalidToken);
  if (user.status === "suspended" && switches.suspendedUser !== "accepted")
    return switches.suspendedUser === 403 ? forbidden() : errorAnswer(401, invalidToken);
  if (key.usableFromMs > account.now() || !findsKey(key)) return errorAnswer(401, invalidToken);
  if (user.blockedAddress !== null)
    return errorAnswer(switches.addressRefused, unauthorizedAddress(user.blockedAddress));
  if (switches.emptyAllowlist === "block" && !user.root)
    return errorAnswer(switches.addressRefused, unauthorizedAddress("127.0.0.1"));
  return { key, user };
}

export function mayManageUsers(account: EmulatedAccount, caller: Caller): Answer | undefined {
  if (caller.user.root || caller.user.acls.includes("manage_users")) return undefined;
  return noManageUsersAnswer(account.switches().noManageUsers);
}

/** Who may manage keys may delete them too, unless that is a right of its own, which only root has. */
export function mayDeleteKeys(account: EmulatedAccount, caller: Caller): Answer | undefined {
  const { deleteRight } = account.switches();
  return deleteRight === "manage_users" || caller.user.root ? undefined : forbidden();
}
