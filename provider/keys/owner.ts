/** Whose key it is: by id without a request, by e-mail address over all pages of users. */
import { VultrError } from "../vultr/errors";
import type { ListedUser, VultrUser } from "../vultr/schemas";
import type { Looker } from "./context";
import type { KeyInputs } from "./inputs";
import type { KeyState } from "./state";

/**
 * The user's id. One listing of the account's users serves every look-up of a run; only if it does
 * not tell which user is meant, one of now decides.
 *
 * @throws {VultrError} no user, or several, have this e-mail address
 */
export async function ownerOf(
  { client, clock, limit }: Looker,
  inputs: Pick<KeyInputs, "userId" | "userEmail">,
): Promise<string> {
  if (inputs.userId !== undefined) return inputs.userId;
  const email = inputs.userEmail?.trim() ?? "";
  const nowMs = clock.monotonicMs();
  const isMeant = (user: ListedUser) => isSameAddress(user.email, email);
  let users = await client.listUserRows({ ...limit, notBeforeMs: 0 });
  if (users.filter(isMeant).length !== 1)
    users = await client.listUserRows({ ...limit, notBeforeMs: nowMs });
  const [match, ...others] = users.filter(isMeant);
  if (match === undefined)
    throw new VultrError({
      message: `could not find the user with e-mail address ${email}: none of the account's ${users.length} users has it`,
      hint: "Check userEmail against Vultr's console (Manage Organization, Users), or write userId instead.",
    });
  if (others.length > 0) {
    const ids = [match, ...others].map((user) => user.userId ?? "one without an id");
    throw new VultrError({
      message: `could not choose a user: ${ids.length} have the e-mail address ${email} (${ids.join(", ")})`,
      hint: "Write the one you mean as userId, in place of userEmail.",
    });
  }
  if (match.userId !== undefined) return match.userId;
  throw new VultrError({
    message: `could not find the id of the user with e-mail address ${email}: Vultr lists that user without one`,
    hint: "Write userId, in place of userEmail.",
  });
}

/** Why Vultr refuses every key of a user, and what to do about it; undefined if nothing says that it does. */
export function refusalOfUser(user: VultrUser): { why: string; hint: string } | undefined {
  const { userId, apiEnabled, status } = user;
  if (/^(suspended|closed)$/i.test(status))
    return {
      why: `user ${userId} is ${status.toLowerCase()}, and Vultr may refuse all keys of such a user`,
      hint: "See the user in Vultr's console (Manage Organization, Users); only Vultr's support may be able to end this.",
    };
  if (apiEnabled !== false) return undefined;
  return {
    why: `API access is off for user ${userId}`,
    hint: `Turn it on: send PATCH /users/${encodeURIComponent(userId)} with {"api_enabled": true} to Vultr's API.`,
  };
}

/** Is it one address, whatever the case of its letters and the space around it? Two that are not given are one, too. */
export function isSameAddress(a: string | undefined, b: string | undefined): boolean {
  return a?.trim().toLowerCase() === b?.trim().toLowerCase();
}

/** Does the address of this key lead to another user now? Keys whose users are named by id have none: another user is meant. */
export function isOfOtherUser(
  { userEmail, userId }: Pick<Partial<KeyState>, "userEmail" | "userId">,
  key: Pick<Partial<KeyState>, "userEmail" | "userId">,
): boolean {
  return (
    userEmail !== undefined && isSameAddress(userEmail, key.userEmail) && userId !== key.userId
  );
}
