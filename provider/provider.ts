/**
 * The door: what Pulumi's dynamic provider process loads as `pulumi-vultr-user-api-key/provider`.
 *
 * State of every key holds the text that requires this module, and refresh and delete run it; so
 * the path and the names exported here never change. Each verb only opens the room where its work
 * is done, and words what went wrong.
 */
import { presentError } from "./present-error";
import { createSession } from "./session";
import type { CheckResult } from "./lifecycle/check";
import type { KeyInputs } from "./lifecycle/inputs";
import type { ReadResult } from "./lifecycle/read";
import type { CreateResult, KeyState } from "./lifecycle/state";

const session = createSession();

type Properties = Record<string, unknown>;

/** What the engine hands over before the first call: all of the stack's configuration. */
export interface ConfigureRequest {
  config: { get(key: string): string | undefined };
}

/** Keeps the configuration. The engine does not wait for this, so it is synchronous and never throws. */
export function configure(request: ConfigureRequest): void {
  session.configure((key) => request.config.get(key));
}

export async function check(olds: Properties, news: Properties): Promise<CheckResult> {
  return guarded(news, async () => {
    const { check } = await import("./lifecycle/check");
    const { memory, clock } = session;
    return check(olds, news, { settings: session.settings(), memory, nowMs: clock.now() });
  });
}

export async function diff(_id: string, state: KeyState, news: Properties) {
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

export async function create(news: Properties): Promise<CreateResult> {
  return guarded(news, async () => {
    const { create } = await import("./lifecycle/create");
    return create(await session.context(), argsOf(news));
  });
}

export async function read(id: string, state: Partial<KeyState>): Promise<ReadResult> {
  return guarded(state, async () => {
    const { read } = await import("./lifecycle/read");
    return read(await session.context(), id, state);
  });
}

export async function update(
  _id: string,
  state: KeyState,
  news: Properties,
): Promise<{ outs: KeyState }> {
  return guarded(news, async () => {
    const { update } = await import("./lifecycle/update");
    return update(await session.context(), state, argsOf(news));
  });
}

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
