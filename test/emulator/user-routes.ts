/** Users as managers see and change them, and the account of whoever calls. */
import { z } from "zod";

import { badRequest, emptyAnswer, forbidden, jsonAnswer } from "./answers";
import type { Handler } from "./routes";
import { accountBody, invitedUserBody, userBody, withOtherFields } from "./wire-bodies";

const perPage = z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(1).max(500));
const usersQuery = z.object({ per_page: perPage.default(100), cursor: z.string().default("") });

export const listUsers: Handler = (account, { query, caller }) => {
  const asked = usersQuery.safeParse(Object.fromEntries(query));
  if (!asked.success) return badRequest;
  const { per_page: size, cursor } = asked.data;
  const start = cursor === "" ? 0 : placeOf(cursor);
  if (start === undefined) return badRequest;
  const all = [...account.users.values()].filter(
    ({ organisation }) => organisation === caller.user.organisation,
  );
  if (account.switches().listOrder === "shuffled") all.sort((a, b) => (a.id < b.id ? -1 : 1));
  const end = start + size;
  const users = all.slice(start, end).map((user) => userBody(account, user));
  const next = end < all.length ? cursorTo("next", end) : "";
  const prev = start > 0 ? cursorTo("prev", Math.max(0, start - size)) : "";
  const meta = { total: all.length, links: { next, prev } };
  // Only where one page holds all: otherwise nobody could know of the rest.
  const isWhole = users.length === all.length;
  return jsonAnswer(200, { users, ...(isWhole ? withOtherFields(account, { meta }) : { meta }) });
};

export const getUser: Handler = (account, _request, { user }) =>
  jsonAnswer(200, { user: invitedUserBody(account, user) });

export const getAllowlist: Handler = (_account, _request, { user }) => {
  const subnets = user.allowlist.map((text) => {
    const [subnet, size] = text.split("/");
    return { subnet, subnet_size: Number(size), ip_type: text.includes(":") ? "v6" : "v4" };
  });
  return jsonAnswer(200, { ip_whitelist: subnets, meta: { total: subnets.length } });
};

const newUserBody = z.object({
  email: z.string().min(1),
  first_name: z.string(),
  last_name: z.string(),
  password: z.string().min(1),
  api_enabled: z.boolean().default(true),
  service_user: z.boolean().default(false),
  acls: z.array(z.string()).default([]),
});

export const createUser: Handler = (account, { json, caller }) => {
  const asked = newUserBody.safeParse(json);
  if (!asked.success) return badRequest;
  const { email, acls, api_enabled: apiEnabled, service_user: serviceUser } = asked.data;
  const name = `${asked.data.first_name} ${asked.data.last_name}`;
  const { organisation } = caller.user;
  const user = account.addUser({ email, name, acls, apiEnabled, serviceUser, organisation });
  return jsonAnswer(201, { user: userBody(account, user) });
};

const changedUserBody = z.object({
  api_enabled: z.boolean().optional(),
  acls: z.array(z.string()).optional(),
});

export const changeUser: Handler = (_account, { json }, { user }) => {
  const asked = changedUserBody.safeParse(json);
  if (!asked.success) return badRequest;
  const { api_enabled: apiEnabled = user.apiEnabled, acls = user.acls } = asked.data;
  Object.assign(user, { apiEnabled, acls });
  return emptyAnswer(204);
};

export const deleteUser: Handler = (account, _request, { user }) => {
  account.removeUser(user.id);
  return emptyAnswer(204);
};

export const getAccount: Handler = (account, { caller: { user } }) => {
  const isWeak = !user.root && !user.acls.includes("billing");
  if (isWeak && account.switches().weakAccount === 403) return forbidden;
  return jsonAnswer(200, { account: accountBody(account, user) });
};

const cursorTo = (direction: "next" | "prev", place: number) =>
  Buffer.from(`${direction}__${place}`).toString("base64");

/** Of a user in the listing's order; undefined if it is not one of our cursors. */
function placeOf(cursor: string): number | undefined {
  const decoded = /^(?:next|prev)__(\d+)$/.exec(Buffer.from(cursor, "base64").toString("latin1"));
  return decoded === null ? undefined : Number(decoded[1]);
}
