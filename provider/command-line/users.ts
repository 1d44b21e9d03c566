/** Users as a person names them on the command line. */
import type { VultrUser } from "../vultr/schemas";

/** @param wanted an id or an e-mail address, in any case of letters */
export function usersCalled(wanted: string, all: readonly VultrUser[]): VultrUser[] {
  const lower = wanted.trim().toLowerCase();
  return all.filter((user) => [user.userId, user.email].some((id) => id.toLowerCase() === lower));
}

/** Why none, or more than one, will not do. */
export function notOne(wanted: string, found: number, all: readonly VultrUser[]): string {
  return `${found} of the account's ${all.length} users have the id or e-mail address "${wanted}"`;
}
