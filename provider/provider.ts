/**
 * The door: what Pulumi's dynamic provider process loads as `pulumi-vultr-user-api-key/provider`.
 *
 * State of every key holds the text that requires this module, and refresh and delete run it; so
 * the path and the names exported here never change. Each verb only opens the room where its work
 * is done, and words what went wrong. Programs do not call it: the engine does.
 *
 * A mistake or an outage is thrown as a plain `Error` of one line, redacted: what happened, and what
 * to do next.
 *
 * @module pulumi-vultr-user-api-key/provider
 */
import { presentError } from "./present-error";
import { createSession } from "./session";
import type { CheckFailure, CheckResult } from "./lifecycle/check";
import type { DiffResult } from "./lifecycle/diff";
import type { KeyInputs } from "./lifecycle/inputs";
import type { FoundKey, ReadResult } from "./lifecycle/read";
import type { CreateResult, KeyState } from "./lifecycle/state";

export type { CheckFailure, CheckResult, CreateResult, DiffResult, FoundKey, KeyState, ReadResult };

const session = createSession();

/** A resource's properties as the engine sends them: any JSON, and unknown values in a preview. */
export type Properties = Record<string, unknown>;

/** What the engine hands over before the first call: all of the stack's configuration. */
export interface ConfigureRequest {
  /** The configuration, secrets in plaintext. */
  config: StackConfiguration;
}

/** The configuration of a stack, as Pulumi's provider process offers it. */
export interface StackConfiguration {
  /**
   * One setting; undefined where it is not set.
   *
   * @param key the setting's full name, such as `vultr:apiUrl`
   */
  get(key: string): string | undefined;
}

/**
 * Keeps the configuration. The engine does not wait for this, so it is synchronous and never throws.
 *
 * @param request what the engine hands over
 */
export function configure(request: ConfigureRequest): void {
  session.configure((key) => request.config.get(key));
}

/**
 * Says what is wrong with the args, before anything happens. Sends nothing, needs no credential.
 *
 * @param olds the inputs of the last run; empty for a new key
 * @param news the program's args; unknown values pass
 */
export async function check(olds: Properties, news: Properties): Promise<CheckResult> {
  return guarded(news, async () => {
    const { check } = await import("./lifecycle/check");
    const { memory, clock } = session;
    return check(olds, news, { settings: session.settings(), memory, nowMs: clock.now() });
  });
}

/**
 * Says whether the key stays, or a new one is due, by its args, its age or its expiry. Sends nothing,
 * needs no credential; prints why a key is due.
 *
 * @param _id Pulumi's id of the key
 * @param state the outputs of the last run
 * @param news the program's args
 * @throws {Error} the replacement would revoke the key that the provider itself authenticates with
 */
export async function diff(_id: string, state: KeyState, news: Properties): Promise<DiffResult> {
  return guarded(news, async () => {
    const { diff } = await import("./lifecycle/diff");
    const inputs = argsOf(news);
    session.memory.noteCurrent(state, inputs);
    const { notes, ...answer } = diff(state, inputs, session.clock.now());
    if (answer.replaces.length > 0) await refuseSelfRevoke(state, inputs);
    for (const note of notes) session.notify(note);
    return answer;
  });
}

/**
 * Makes a key and proves that it authenticates, or adopts one. Ends within five minutes, and another
 * two where something has to be undone.
 *
 * @param news the program's args as check accepted them
 * @throws {Error} no new key is alive; or one is, the message names it, and where the error carries
 *   an `id` the engine records it
 */
export async function create(news: Properties): Promise<CreateResult> {
  return guarded(news, async () => {
    const { create } = await import("./lifecycle/create");
    return create(await session.context(), argsOf(news));
  });
}

/**
 * Looks whether the key is still listed for its user; for `.get`, what is known of it. A 401 or a 403
 * never means that it is gone.
 *
 * @param id `<user id>/<key id>`
 * @param state the outputs of the last run; without a `keyId` for `.get`
 * @throws {Error} Vultr did not tell, or `.get` names a key that does not exist
 */
export async function read(id: string, state: Partial<KeyState>): Promise<ReadResult> {
  return guarded(state, async () => {
    const { read } = await import("./lifecycle/read");
    return read(await session.context(), id, state);
  });
}

/**
 * Records args that need no new key, and proves a key that an earlier run could not prove.
 *
 * @param _id Pulumi's id of the key
 * @param state the outputs of the last run; all of them are kept
 * @param news the program's args as check accepted them
 * @throws {Error} the key still does not authenticate
 */
export async function update(
  _id: string,
  state: KeyState,
  news: Properties,
): Promise<Omit<CreateResult, "id">> {
  return guarded(news, async () => {
    const { update } = await import("./lifecycle/update");
    return update(await session.context(), state, argsOf(news));
  });
}

/**
 * Revokes the key and sees it gone. A key that is gone already counts as revoked.
 *
 * @param id `<user id>/<key id>`
 * @param state the outputs of the last run
 * @throws {Error} the key lives, or it is not certain that it does not: the engine keeps it as
 *   pending deletion and the next run tries again
 */
async function remove(id: string, state: Partial<KeyState>): Promise<void> {
  return guarded(state, async () => {
    const { deleteKey } = await import("./lifecycle/delete");
    await deleteKey(await session.context(), id, state);
  });
}
export { remove as delete };

/** The program's args as check accepted them. */
function argsOf(news: Properties): KeyInputs {
  const { __provider: _, ...args } = news;
  return args;
}

/** Said in the preview rather than at the end of the run, where the new key exists already. */
async function refuseSelfRevoke(state: KeyState, inputs: KeyInputs): Promise<void> {
  const { apiKey } = session.settings();
  if (apiKey === undefined || state.apiKey !== apiKey || inputs.allowSelfRevoke === true) return;
  const { selfRevokeRefused } = await import("./lifecycle/delete");
  throw selfRevokeRefused(state.keyId);
}

async function guarded<T>(props: object, verb: () => Promise<T>): Promise<T> {
  try {
    return await verb();
  } catch (error) {
    const text = "__provider" in props ? String(props.__provider) : undefined;
    throw presentError(error, text);
  }
}
