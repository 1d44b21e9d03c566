/** Whose key it is: by id without a request, by e-mail address over all pages of users. */
import { UserLookupError } from "../vultr/errors";
import type { Context } from "./context";
import type { KeyInputs } from "./inputs";

/** A listing of users this young, in milliseconds, serves every look-up of a run. */
const usersFreshForMs = 60_000;

/**
 * The user's id.
 *
 * @throws {UserLookupError} no user, or several, have this e-mail address
 */
export async function ownerOf(
  context: Context,
  inputs: Pick<KeyInputs, "userId" | "userEmail">,
  deadlineMs: number,
): Promise<string> {
  if (inputs.userId !== undefined) return inputs.userId;
  const email = inputs.userEmail?.trim() ?? "";
  const notBeforeMs = context.clock.now() - usersFreshForMs;
  const users = await context.client.listUsers({ deadlineMs, notBeforeMs });
  const matches = users.filter((user) => user.email.toLowerCase() === email.toLowerCase());
  const [match] = matches;
  if (match === undefined) {
    throw new UserLookupError({
      message: `could not find the user with e-mail address ${email}: none of the account's ${users.length} users has it`,
      hint: "Check userEmail against the customer portal (Account, Users), or write userId instead.",
    });
  }
  if (matches.length > 1) {
    const ids = matches.map((user) => user.userId).join(", ");
    throw new UserLookupError({
      message: `could not choose a user: ${matches.length} have the e-mail address ${email} (${ids})`,
      hint: "Write the one you mean as userId, in place of userEmail.",
    });
  }
  return match.userId;
}
