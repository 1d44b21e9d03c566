/** Which paths and methods of `/v2` there are, and who may call them. */
import { type Answer, badRequest, errorAnswer, methodNotAllowed, notFound } from "./answers";
import { type Caller, mayManageUsers } from "./authentication";
import { createKey, deleteKey, getKey, listKeys } from "./key-routes";
import type { EmulatedAccount, EmulatedKey } from "./state";
import {
  changeUser,
  createUser,
  deleteUser,
  getAccount,
  getAllowlist,
  getUser,
  listUsers,
} from "./user-routes";

/** A request that has passed authentication. */
export interface RoutedRequest {
  method: string;
  /** Without `/v2` and query. */
  path: string;
  query: URLSearchParams;
  /** The body; `{}` without one, undefined if it is no JSON. */
  json: unknown;
  caller: Caller;
  /** A scripted fault's delay of the key that a create makes; `Infinity` for a dead one. */
  newKeyUsableAfterMs: number | undefined;
  /** Told that a create made a key. */
  onCreated: () => void;
  /** False where a flapping listing misses this key this time. */
  findsKey: (look: "list" | "read", key: EmulatedKey) => boolean;
}

/** Answers for a user that exists, if its path names one. */
export type Handler = (
  account: EmulatedAccount,
  request: RoutedRequest,
  ids: { userId: string; keyId: string },
) => Answer;

const routes: { path: RegExp; methods: Record<string, Handler> }[] = [
  { path: /^\/account$/, methods: { GET: getAccount } },
  { path: /^\/users$/, methods: { GET: listUsers, POST: createUser } },
  {
    path: /^\/users\/([^/]+)$/,
    methods: { GET: getUser, PATCH: changeUser, DELETE: deleteUser },
  },
  { path: /^\/users\/([^/]+)\/ip-whitelist$/, methods: { GET: getAllowlist } },
  { path: /^\/users\/([^/]+)\/apikeys$/, methods: { GET: listKeys, POST: createKey } },
  {
    path: /^\/users\/([^/]+)\/apikeys\/([^/]+)$/,
    methods: { GET: getKey, DELETE: deleteKey },
  },
];

export function route(account: EmulatedAccount, request: RoutedRequest): Answer {
  const { method, path, caller } = request;
  for (const { path: pattern, methods } of routes) {
    const match = pattern.exec(path);
    if (match === null) continue;
    const refused = path.startsWith("/users") ? mayManageUsers(account, caller) : undefined;
    if (refused !== undefined) return refused;
    const handler = methods[method];
    if (handler === undefined) {
      const changesKey = match[2] !== undefined && ["PATCH", "PUT"].includes(method);
      if (changesKey && account.switches().patchKey === 404) return notFound();
      return methodNotAllowed(Object.keys(methods));
    }
    const ids = decoded(match.slice(1));
    if (ids === null) return badRequest();
    const [userId = "", keyId = ""] = ids;
    const user = account.users.get(userId);
    const isOurs = user?.organisation === caller.user.organisation;
    if (ids.length > 0 && !isOurs) return unknownUser(account);
    return handler(account, request, { userId, keyId });
  }
  return notFound();
}

/** `null` if a `%` stands where no escape follows. */
function decoded(segments: string[]): string[] | null {
  try {
    return segments.map((segment) => decodeURIComponent(segment));
  } catch {
    return null;
  }
}

function unknownUser(account: EmulatedAccount): Answer {
  return account.switches().unknownUser === 400 ? badRequest() : errorAnswer(404, "Invalid user");
}
