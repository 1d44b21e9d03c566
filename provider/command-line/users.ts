/** Finds users by what a person writes on the command line. */
import { isSameAddress } from "../keys/owner";
import type { VultrUser } from "../vultr/schemas";

/** @param wanted an id or an e-mail address; upper and lower case are the same */
export function usersCalled(wanted: string, all: readonly VultrUser[]): VultrUser[] {
  const isWanted = (text: string) => isSameAddress(text, wanted);
  return all.filter(({ userId, email }) => isWanted(userId) || isWanted(email));
}

/** What to say if `wanted` is not exactly one user. */
export function notOne(wanted: string, found: number, all: readonly VultrUser[]): string {
  return `${found} of the account's ${all.length} users have the id or e-mail address "${wanted}"`;
}
