/** Which paths and methods of `/v2` there are, and who may call them. */
import { type Answer, badRequest, errorAnswer, methodNotAllowed, notFound } from "./answers";
import { type Caller, mayManageUsers } from "./authentication";
import * as keys from "./key-routes";
import type { EmulatedAccount, EmulatedKey, EmulatedUser } from "./state";
import * as users from "./user-routes";

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

/** What a path names. */
interface Named {
  user: EmulatedUser;
  keyId: string;
}

/** `named` is there if the path has a user, who exists then. */
export type Handler = (account: EmulatedAccount, request: RoutedRequest, named: Named) => Answer;

type Methods = Record<string, Handler>;

const routes: [path: RegExp, methods: Methods][] = [
  [/^\/account$/, { GET: users.getAccount }],
  [/^\/users$/, { GET: users.listUsers, POST: users.createUser }],
  [/^\/users\/([^/]+)$/, { GET: users.getUser, PATCH: users.changeUser, DELETE: users.deleteUser }],
  [/^\/users\/([^/]+)\/ip-whitelist$/, { GET: users.getAllowlist }],
  [/^\/users\/([^/]+)\/apikeys$/, { GET: keys.listKeys, POST: keys.createKey }],
  [/^\/users\/([^/]+)\/apikeys\/([^/]+)$/, { GET: keys.getKey, DELETE: keys.deleteKey }],
];

export function route(account: EmulatedAccount, request: RoutedRequest): Answer {
  const { method, path, caller } = request;
  const [pattern, methods] = routes.find(([each]) => each.test(path)) ?? [];
  if (pattern === undefined || methods === undefined) return notFound;
  const refused = path.startsWith("/users") ? mayManageUsers(account, caller) : undefined;
  if (refused !== undefined) return refused;
  const [, ...segments] = pattern.exec(path)!;
  const handler = methods[method];
  if (handler === undefined) {
    const changesKey = segments.length === 2 && ["PATCH", "PUT"].includes(method);
    if (changesKey && account.switches().patchKey === 404) return notFound;
    return methodNotAllowed(Object.keys(methods));
  }
  const ids = decoded(segments);
  if (ids === null) return badRequest;
  const [userId = "", keyId = ""] = ids;
  const user = account.users.get(userId);
  if (ids.length > 0 && user?.organisation !== caller.user.organisation)
    return account.switches().unknownUser === 400 ? badRequest : errorAnswer(404, "Invalid user");
  return handler(account, request, { user: user!, keyId });
}

/** `null` if a `%` stands where no escape follows. */
function decoded(segments: string[]): string[] | null {
  try {
    return segments.map((segment) => decodeURIComponent(segment));
  } catch {
    return null;
  }
}
