/** Whose key it is: by id without a request, by e-mail address over all pages of users. */
import type { CallOptions } from "../vultr/client";
import { VultrError } from "../vultr/errors";
import type { VultrUser } from "../vultr/schemas";
import type { Context } from "./context";
import type { KeyInputs } from "./inputs";

/**
 * The user's id. One listing of the account's users serves every look-up of a run; only if it does
 * not tell which user is meant, one of now decides.
 *
 * @throws {VultrError} no user, or several, have this e-mail address
 */
export async function ownerOf(
  context: Pick<Context, "client" | "clock">,
  inputs: Pick<KeyInputs, "userId" | "userEmail">,
  limit: CallOptions,
): Promise<string> {
  if (inputs.userId !== undefined) return inputs.userId;
  const email = inputs.userEmail?.trim() ?? "";
  const nowMs = context.clock.monotonicMs();
  let users = await context.client.listUsers({ ...limit, notBeforeMs: 0 });
  if (usersOf(users, email).length !== 1)
    users = await context.client.listUsers({ ...limit, notBeforeMs: nowMs });
  const [match, ...others] = usersOf(users, email);
  if (match === undefined)
    throw new VultrError({
      message: `could not find the user with e-mail address ${email}: none of the account's ${users.length} users has it`,
      hint: "Check userEmail against the customer portal (Account, Users), or write userId instead.",
    });
  if (others.length > 0) {
    const ids = [match, ...others].map((user) => user.userId);
    throw new VultrError({
      message: `could not choose a user: ${ids.length} have the e-mail address ${email} (${ids.join(", ")})`,
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
