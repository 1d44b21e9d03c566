/** What a route is given. */
import type { Answer } from "./answers";
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

/** Answers for a user that exists, if its path names one. */
export type Handler = (
  account: EmulatedAccount,
  request: RoutedRequest,
  ids: { userId: string; keyId: string },
) => Answer;
