/** What a route is given, and what all routes about a user say when there is no such user. */
import { type Answer, badRequest, errorAnswer } from "./answers";
import type { Caller } from "./authentication";
import type { EmulatedAccount, EmulatedKey } from "./state";

/** A request that has passed authentication. */
export interface RoutedRequest {
  method: string;
  /** Without `/v2` and query. */
  path: string;
  query: URLSearchParams;
  body: string;
  caller: Caller;
  /** A scripted fault's delay of the key that a create makes; `Infinity` for a dead one. */
  newKeyUsableAfterMs: number | undefined;
  /** Told that a create made a key. */
  onCreated: () => void;
  /** False where a flapping listing misses this key this time. */
  findsKey: (look: "list" | "read", key: EmulatedKey) => boolean;
}

export type Handler = (account: EmulatedAccount, request: RoutedRequest, ids: string[]) => Answer;

export function unknownUser(account: EmulatedAccount): Answer {
  return account.switches().unknownUser === 400 ? badRequest() : errorAnswer(404, "Invalid user");
}
