/** Which paths and methods of `/v2` there are, and who may call them. */
import {
  type Answer,
  badRequest,
  forbidden,
  jsonAnswer,
  methodNotAllowed,
  notFound,
} from "./answers";
import { mayManageUsers } from "./authentication";
import { createKey, deleteKey, getKey, listKeys } from "./key-routes";
import type { Handler, RoutedRequest } from "./routed-request";
import type { EmulatedAccount } from "./state";
import { getUser, listUsers } from "./user-routes";
import { accountBody } from "./wire-bodies";

interface Route {
  path: RegExp;
  forManagers: boolean;
  isKey?: true;
  methods: Record<string, Handler>;
}

const routes: Route[] = [
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
    isKey: true,
    methods: { GET: getKey, DELETE: deleteKey },
  },
];

export function route(account: EmulatedAccount, request: RoutedRequest): Answer {
  for (const { path, forManagers, isKey, methods } of routes) {
    const match = path.exec(request.path);
    if (match === null) continue;
    const refused = forManagers ? mayManageUsers(account, request.caller) : undefined;
    if (refused !== undefined) return refused;
    const handler = methods[request.method];
    if (handler === undefined) {
      const isChange = request.method === "PATCH" || request.method === "PUT";
      if (isKey && isChange && account.switches().patchKey === 404) return notFound();
      return methodNotAllowed(Object.keys(methods));
    }
    const ids = decodeIds(match.slice(1));
    return ids === null ? badRequest() : handler(account, request, ids);
  }
  return notFound();
}

/** `null` if a `%` stands where no escape follows. */
function decodeIds(segments: string[]): string[] | null {
  try {
    return segments.map((segment) => decodeURIComponent(segment));
  } catch {
    return null;
  }
}

function getAccount(account: EmulatedAccount, { caller }: RoutedRequest): Answer {
  const { user } = caller;
  const isWeak = !user.root && !user.acls.includes("billing");
  if (isWeak && account.switches().weakAccount === 403) return forbidden();
  return jsonAnswer(200, { account: accountBody(account, user) });
}
