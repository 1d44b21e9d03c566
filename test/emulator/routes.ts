/** The endpoints of `/v2` that deal with users, their keys and the account. */
import { randomInt } from "node:crypto";

import {
  type Answer,
  badRequest,
  emptyAnswer,
  errorAnswer,
  forbidden,
  jsonAnswer,
  methodNotAllowed,
  notFound,
} from "./answers";
import { type Caller, mayManageUsers } from "./authentication";
import {
  createKeyBody,
  type CreateKeyBody,
  decodeCursor,
  encodeCursor,
  usersQuery,
} from "./schemas";
import type { EmulatedAccount, EmulatedKey, EmulatedUser } from "./state";

/** A request that has passed authentication. */
export interface RoutedRequest {
  method: string;
  /** Without `/v2` and query. */
  path: string;
  query: URLSearchParams;
  body: string;
  caller: Caller;
  /** Told of the key that a create makes. */
  onCreated: (key: EmulatedKey) => void;
  /** False where a flapping listing misses this key this time. */
  looksAtKey: (keyId: string) => boolean;
}

type Handler = (account: EmulatedAccount, request: RoutedRequest, ids: string[]) => Answer;

const routes: { path: RegExp; forManagers: boolean; methods: Record<string, Handler> }[] = [
  { path: /^\/account$/, forManagers: false, methods: { GET: getAccount } },
  { path: /^\/users$/, forManagers: true, methods: { GET: listUsers } },
  { path: /^\/users\/([^/]+)$/, forManagers: true, methods: { GET: getUser } },
  {
    path: /^\/users\/([^/]+)\/apikeys$/,
    forManagers: true,
    methods: { GET: listKeys, POST: createKey },
  },
  {
    path: /^\/users\/([^/]+)\/apikeys\/([^/]+)$/,
    forManagers: true,
    methods: { GET: getKey, DELETE: deleteKey },
  },
];

export function route(account: EmulatedAccount, request: RoutedRequest): Answer {
  for (const { path, forManagers, methods } of routes) {
    const match = path.exec(request.path);
    if (match === null) continue;
    const refused = forManagers ? mayManageUsers(account, request.caller) : undefined;
    if (refused !== undefined) return refused;
    const handler = methods[request.method];
    if (handler !== undefined)
      return handler(account, request, match.slice(1).map(decodeURIComponent));
    const isChange = request.method === "PATCH" || request.method === "PUT";
    if (isChange && account.switches().patchKey === 404) return notFound();
    return methodNotAllowed(Object.keys(methods));
  }
  return notFound();
}

function getAccount(account: EmulatedAccount, { caller }: RoutedRequest): Answer {
  const { user } = caller;
  const isWeak = !user.root && !user.acls.includes("billing");
  if (isWeak && account.switches().weakAccount === 403) return forbidden();
  return jsonAnswer(200, {
    account: {
      name: "Example",
      email: user.email,
      acls: user.acls,
      balance: -10.5,
      pending_charges: 2.25,
      last_payment_date: formatDate(account, "2026-01-05T00:00:00Z"),
      last_payment_amount: -5,
    },
  });
}

function listUsers(account: EmulatedAccount, { query }: RoutedRequest): Answer {
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

function getUser(
  account: EmulatedAccount,
  _request: RoutedRequest,
  [userId = ""]: string[],
): Answer {
  const user = account.users.get(userId);
  if (user === undefined) return unknownUser(account);
  const invitation = {
    invited_by: "root@example.com",
    invited_on: formatDate(account, "2026-02-03T08:00:00Z"),
    invite_accepted: true,
  };
  return jsonAnswer(200, { user: { ...userBody(account, user), ...invitation } });
}

function listKeys(
  account: EmulatedAccount,
  request: RoutedRequest,
  [userId = ""]: string[],
): Answer {
  if (!account.users.has(userId)) return unknownUser(account);
  const keys = listedKeys(account, userId).filter((key) => request.looksAtKey(key.id));
  if (account.switches().listOrder === "shuffled") shuffle(keys);
  return jsonAnswer(200, { api_keys: keys.map((key) => keyBody(account, key, mask(key.apiKey))) });
}

function getKey(account: EmulatedAccount, _request: RoutedRequest, [userId = "", keyId]: string[]) {
  if (!account.users.has(userId)) return unknownUser(account);
  const key = listedKeys(account, userId).find((listed) => listed.id === keyId);
  if (key === undefined) return missingKey(account);
  return jsonAnswer(200, { api_key: keyBody(account, key, mask(key.apiKey)) });
}

function createKey(
  account: EmulatedAccount,
  request: RoutedRequest,
  [userId = ""]: string[],
): Answer {
  if (!account.users.has(userId)) return unknownUser(account);
  const switches = account.switches();
  const asked = parseCreate(request.body);
  if (asked === undefined) return badRequest();
  const expiry = expiryOf(account, asked);
  const name = nameOf(account, userId, asked.name);
  if (expiry === undefined || name === undefined) return badRequest();
  const { keysPerUser, createStatus, createBody } = switches;
  if (keysPerUser !== null && account.keysOf(userId).length >= keysPerUser) return badRequest();
  const key = account.addKey(userId, { name, ...expiry });
  request.onCreated(key);
  const body = keyBody(account, key, createBody === "masked" ? mask(key.apiKey) : key.apiKey);
  if (createBody === "empty") return emptyAnswer(createStatus);
  return jsonAnswer(createStatus, createBody === "bare" ? body : { api_key: body });
}

function deleteKey(
  account: EmulatedAccount,
  request: RoutedRequest,
  [userId = "", keyId]: string[],
) {
  if (!account.users.has(userId)) return unknownUser(account);
  const key = account.keysOf(userId).find((live) => live.id === keyId);
  if (key === undefined) return missingKey(account);
  if (key.id === request.caller.key.id && account.switches().deleteKeyInUse === 400)
    return badRequest();
  account.deleteKey(key.id);
  return emptyAnswer(204);
}

function parseCreate(body: string): CreateKeyBody | undefined {
  try {
    const parsed = createKeyBody.safeParse(body.trim() === "" ? {} : JSON.parse(body));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The expiry that a create gets; undefined where it is turned away. */
function expiryOf(
  account: EmulatedAccount,
  asked: CreateKeyBody,
): { dateExpire?: string } | undefined {
  const { expire = false, date_expire: date } = asked;
  if (!expire && (date === undefined || date === "")) return {};
  const ms = date === undefined ? NaN : Date.parse(date);
  if (expire && date !== undefined && ms > account.now()) return { dateExpire: date };
  const { badDate } = account.switches();
  if (badDate === "400") return undefined;
  return badDate === "stored" && expire && date !== undefined ? { dateExpire: date } : {};
}

/** The name that a create gets; undefined where it is turned away. */
function nameOf(account: EmulatedAccount, userId: string, asked = ""): string | undefined {
  const longest = 128;
  switch (account.switches().keyName) {
    case "reject-duplicate":
      return account.keysOf(userId).some((key) => key.name === asked) ? undefined : asked;
    case "reject-long":
      return asked.length > longest ? undefined : asked;
    case "cut-long":
      return asked.slice(0, longest);
    case "default-if-absent":
      return asked === "" ? "Default" : asked;
    case "any":
      return asked;
  }
}

function listedKeys(account: EmulatedAccount, userId: string): EmulatedKey[] {
  const { deletedKeyListedForMs, expiredKeyListed } = account.switches();
  const nowMs = account.now();
  return [...account.keys.values()].filter((key) => {
    if (key.userId !== userId || key.listedFromMs > nowMs) return false;
    if (expiredKeyListed === "disappears" && account.isExpired(key)) return false;
    return key.deletedAtMs === undefined || nowMs < key.deletedAtMs + deletedKeyListedForMs;
  });
}

function unknownUser(account: EmulatedAccount): Answer {
  return account.switches().unknownUser === 400 ? badRequest() : errorAnswer(404, "Invalid user");
}

function missingKey(account: EmulatedAccount): Answer {
  const { missingKey: choice } = account.switches();
  if (choice === "400") return badRequest();
  if (choice === "404") return notFound();
  return jsonAnswer(404, { error: "Not found.", status: 404, is_external_error: false });
}

function userBody(account: EmulatedAccount, user: EmulatedUser): object {
  const { userStatus } = account.switches();
  const [firstName = "", ...lastNames] = user.name.split(" ");
  const status = user.status ?? (userStatus === "absent" ? undefined : userStatus);
  return {
    id: user.id,
    name: user.name,
    first_name: firstName,
    last_name: lastNames.join(" "),
    email: user.email,
    api_enabled: user.apiEnabled,
    service_user: user.serviceUser,
    ...(status === undefined ? {} : { status }),
    acls: user.acls,
    last_activity: "",
  };
}

function keyBody(account: EmulatedAccount, key: EmulatedKey, shown: string): object {
  const { id, name, dateExpire } = key;
  const expire = dateExpire !== undefined;
  return { id, api_key: shown, name, expire, ...dateOf(account, dateExpire) };
}

function dateOf(account: EmulatedAccount, date: string | undefined): object {
  if (date !== undefined) return { date_expire: formatDate(account, date) };
  const { noExpiryDate } = account.switches();
  if (noExpiryDate === "absent") return {};
  return { date_expire: noExpiryDate === "null" ? null : "" };
}

function formatDate(account: EmulatedAccount, date: string): string {
  const ms = Date.parse(date);
  if (Number.isNaN(ms)) return date;
  const plain = new Date(ms).toISOString().slice(0, 19);
  return plain + { zulu: "Z", offset: "+00:00", "no-zone": "" }[account.switches().dateForm];
}

function mask(apiKey: string): string {
  return "*".repeat(apiKey.length - 5) + apiKey.slice(-5);
}

function shuffle(list: unknown[]): void {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = randomInt(at + 1);
    [list[at], list[other]] = [list[other], list[at]];
  }
}
