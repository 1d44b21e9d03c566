/** Whose key it is: by id without a request, by e-mail address over all pages of users. */
import { VultrError } from "../vultr/errors";
import type { VultrUser } from "../vultr/schemas";
import type { Context } from "./context";
import type { KeyInputs } from "./inputs";

/**
 * The user's id. One listing of the account's users serves every look-up of a run; only where it does
 * not tell which user is meant, one of now decides.
 *
 * @throws {VultrError} no user, or several, have this e-mail address
 */
export async function ownerOf(
  context: Pick<Context, "client" | "clock">,
  inputs: Pick<KeyInputs, "userId" | "userEmail">,
  deadlineMs: number,
): Promise<string> {
  if (inputs.userId !== undefined) return inputs.userId;
  const email = inputs.userEmail?.trim() ?? "";
  const nowMs = context.clock.monotonicMs();
  const known = await context.client.listUsers({ deadlineMs, notBeforeMs: 0 });
  const [only, ...others] = usersOf(known, email);
  if (only !== undefined && others.length === 0) return only.userId;

  const users = await context.client.listUsers({ deadlineMs, notBeforeMs: nowMs });
  const matches = usersOf(users, email);
  const [match] = matches;
  if (match === undefined) {
    throw new VultrError({
      message: `could not find the user with e-mail address ${email}: none of the account's ${users.length} users has it`,
      hint: "Check userEmail against the customer portal (Account, Users), or write userId instead.",
    });
  }
  if (matches.length > 1) {
    const ids = matches.map((user) => user.userId).join(", ");
    throw new VultrError({
      message: `could not choose a user: ${matches.length} have the e-mail address ${email} (${ids})`,
      hint: "Write the one you mean as userId, in place of userEmail.",
    });
  }
  return match.userId;
}

/** Is it one address, whatever the case of its letters and the space around it? Two that are not given are one, too. */
export function isSameAddress(a: string | undefined, b: string | undefined): boolean {
  return a?.trim().toLowerCase() === b?.trim().toLowerCase();
}

function usersOf(users: readonly VultrUser[], email: string): VultrUser[] {
  return users.filter((user) => isSameAddress(user.email, email));
}
