/** Finds the user whom a person names on the command line. */
import { isSameAddress } from "../keys/owner";
import { VultrError } from "../vultr/errors";
import type { VultrUser } from "../vultr/schemas";

/**
 * @param wanted an id or an e-mail address; upper and lower case are the same
 * @throws {VultrError} nobody, or more than one user, is called so
 */
export function userCalled(wanted: string, all: readonly VultrUser[]): VultrUser {
  const isWanted = (text: string) => isSameAddress(text, wanted);
  const found = all.filter(({ userId, email }) => isWanted(userId) || isWanted(email));
  const [user, ...others] = found;
  if (user !== undefined && others.length === 0) return user;
  const ids = found.map(({ userId }) => userId).join(", ");
  throw new VultrError({
    message: `${found.length} of the account's ${all.length} users have the id or e-mail address "${wanted}"`,
    hint:
      ids === ""
        ? "Compare it with the console: Manage Organization, Users. Is the key of the right organization?"
        : `Name the one that is meant by its id: ${ids}.`,
  });
}
