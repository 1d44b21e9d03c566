/** What the verbs work with. */
import type { RawSettings } from "../settings";
import type { ApiKeyRef, CallOptions, VultrClient } from "../vultr/client";
import { ringType } from "../names";
import { parentTypeOf } from "../urn";
import { word } from "../words";
import type { Clock } from "../vultr/clock";
import type { Transport } from "../vultr/transport";
import { isUuid, type KeyInputs } from "./inputs";
import type { RunMemory } from "./run-memory";

/** What check and diff work with: they send nothing. */
export interface PreviewContext {
  readonly memory: RunMemory;
  readonly clock: Clock;
  /** As they are given, not validated yet. */
  settings(): RawSettings;
  /** Shows people one line in the output of `pulumi up`, with secrets and control characters taken out. */
  readonly notify: (message: string) => void;
}

/** What verbs that talk to Vultr work with. */
export interface Context extends Omit<PreviewContext, "settings"> {
  client: VultrClient;
  /** The provider's own key, which the client authenticates with. A run that rotates that key puts the new one in. */
  credential: Transport["credential"];
  /** Base address of the API, for commands in messages. */
  apiUrl: string;
  /** When this operation has to end, waiting and repeats included. */
  limit: CallOptions;
}

/** What looking at Vultr needs. */
export type Looker = Pick<Context, "client" | "clock" | "limit">;

/** What one call of a verb has of its own. */
export interface OperationOptions extends Partial<Pick<PreviewContext, "notify">> {
  /** The time that the program allows, in milliseconds. @default five minutes */
  timeoutMs?: number | undefined;
  /** Aborted when the person cancels the run: all waiting ends, except for the answer to a create. Clean-up goes on. */
  signal?: AbortSignal | undefined;
}

/** One verb, waiting and repeats included, ends within five minutes, or the time that the program allows. */
export function operationLimit(clock: Clock, options: OperationOptions = {}): CallOptions {
  const { timeoutMs = Infinity, signal } = options;
  const limitMs = Math.min(300_000, Math.max(0, timeoutMs));
  return { deadlineMs: clock.monotonicMs() + limitMs, signal };
}

/** Undoing what failed gets its own time, so that a deadline cannot leave a key behind. */
export function forCleanUp<Work extends Pick<Context, "clock" | "limit">>(context: Work): Work {
  return { ...context, limit: { deadlineMs: context.clock.monotonicMs() + 120_000 } };
}

/** How to have another key made, as the end of a sentence. The keys of a ring have no trigger of their own. */
export function rotateAdvice({ resourceUrn = "" }: Pick<KeyInputs, "resourceUrn">): string {
  if (parentTypeOf(resourceUrn) !== ringType) return "change rotationTrigger";
  // A resource's name may hold what a shell would run.
  const urn = /^[\w.:$/-]+$/.test(resourceUrn) ? resourceUrn : "<URN of this key>";
  return `run \`pulumi up --replace '${urn}'\``;
}

/** How to have a key made in place of one that has expired. With a `dateExpire` in the past none can be made. */
export function renewAdvice(inputs: KeyInputs): string {
  return inputs.dateExpire === undefined
    ? `To have a new key made, ${rotateAdvice(inputs)}.`
    : "Write a later dateExpire; or in its place expiresIn with rotateBeforeExpiry.";
}

/** How to have a stack forget a key, as the end of a hint. Not with --target-dependents, although Pulumi suggests it: that forgets consumers too. */
export const forgetAdvice =
  "run `pulumi state delete` for this resource at a terminal, and if Pulumi asks which one, choose the entry with the id of this key. " +
  "If Pulumi says that others depend on it, first remove it from the program and run `pulumi up`, also if that fails.";

/** The command that tells which keys no state records. People fill in their stacks: one that is left out may record the key. */
export function auditCommand(more = ""): string {
  return `\`npx pulumi-vultr-user-api-key audit --stack <stack>${more}\`${word.withAudit}`;
}

/** How to revoke a key that no state records any more. An id that is no UUID is left out: it may hold what a shell would run. */
export function revokeAdvice({ keyId }: ApiKeyRef): string {
  const command = auditCommand(` --revoke ${isUuid(keyId) ? keyId : "<key id>"}`);
  return `${command}, with --stack for each stack that may record it`;
}

/** How to delete a key by hand, whichever provider has it. The command keeps the management key off the process list. */
export function deleteAdvice(context: Pick<Context, "apiUrl">, key: ApiKeyRef): string {
  if (!isUuid(key.userId) || !isUuid(key.keyId))
    return `send DELETE for key ${key.keyId} of user ${key.userId} to Vultr's API`;
  const url = `${context.apiUrl}/users/${key.userId}/apikeys/${key.keyId}`;
  return `with a management key of its organisation in VULTR_API_KEY, printf 'header = "Authorization: Bearer %s"' "$VULTR_API_KEY" | curl --fail -K - -X DELETE ${url}`;
}
