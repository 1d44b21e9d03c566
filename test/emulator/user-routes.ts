/** Listing and reading users. */
import { type Answer, badRequest, jsonAnswer } from "./answers";
import { type RoutedRequest, unknownUser } from "./routed-request";
import { decodeCursor, encodeCursor, usersQuery } from "./schemas";
import type { EmulatedAccount } from "./state";
import { invitedUserBody, userBody } from "./wire-bodies";

export function listUsers(account: EmulatedAccount, { query }: RoutedRequest): Answer {
  const asked = usersQuery.safeParse(Object.fromEntries(query));
  if (!asked.success) return badRequest();
  const { per_page: perPage, cursor } = asked.data;
  const at = cursor === "" ? { direction: "next", rank: 0 } : decodeCursor(cursor);
  if (at === null) return badRequest();
  const all = [...account.users.values()];
  if (account.switches().listOrder === "shuffled") all.sort((a, b) => (a.id < b.id ? -1 : 1));
  const page = all.slice(at.rank, at.rank + perPage);
  const nextRank = at.rank + perPage;
  const next = nextRank < all.length ? encodeCursor({ direction: "next", rank: nextRank }) : "";
  const prev =
    at.rank > 0 ? encodeCursor({ direction: "prev", rank: Math.max(0, at.rank - perPage) }) : "";
  const users = page.map((user) => userBody(account, user));
  return jsonAnswer(200, { users, meta: { total: all.length, links: { next, prev } } });
}

export function getUser(
  account: EmulatedAccount,
  _request: RoutedRequest,
  [userId = ""]: string[],
): Answer {
  const user = account.users.get(userId);
  if (user === undefined) return unknownUser(account);
  return jsonAnswer(200, { user: invitedUserBody(account, user) });
}
