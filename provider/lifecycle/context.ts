/** What the verbs that talk to Vultr work with. */
import type { ApiKeyRef, VultrClient } from "../vultr/client";
import type { Clock } from "../vultr/clock";
import type { Confirmations } from "./confirmations";
import type { RunMemory } from "./run-memory";

export interface Context {
  client: VultrClient;
  clock: Clock;
  memory: RunMemory;
  confirmations: Confirmations;
  /** The key that the client authenticates with. */
  readonly managementKey: string;
  /** From now on the client authenticates with this key. */
  useManagementKey(apiKey: string): void;
  /** Base address of the API, for commands in messages. */
  apiUrl: string;
  /** Shows people one line in the output of `pulumi up`. Redacted on its way. */
  notify: (message: string) => void;
}

/** One verb, waiting and repeats included, ends within five minutes. */
export const operationLimitMs = 300_000;

/** Undoing what failed gets its own time, so that a deadline cannot leave a key behind. */
export const cleanUpLimitMs = 120_000;

/** The command that deletes a key by hand; it keeps the management key off the process list. */
export function deleteCommand(context: Pick<Context, "apiUrl">, key: ApiKeyRef): string {
  const url = `${context.apiUrl}/users/${key.userId}/apikeys/${key.keyId}`;
  return `printf 'header = "Authorization: Bearer %s"' "$VULTR_API_KEY" | curl -K - -X DELETE ${url}`;
}

/** The command that lists a user's keys. */
export function listCommand(context: Pick<Context, "apiUrl">, userId: string): string {
  const url = `${context.apiUrl}/users/${userId}/apikeys`;
  return `printf 'header = "Authorization: Bearer %s"' "$VULTR_API_KEY" | curl -K - ${url}`;
}
