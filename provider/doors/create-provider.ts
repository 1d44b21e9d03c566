/**
 * The verbs that the engine calls, over one session: each opens the room where its work is done, notes
 * what went wrong for the deletions that follow, and words it for people.
 */
import type { CheckResult } from "../lifecycle/check";
import type { DiffResult } from "../lifecycle/diff";
import { containsUnknown, secret } from "../keys/engine-values";
import type { KeyInputs } from "../keys/inputs";
import type { ReadResult } from "../lifecycle/read";
import type { CreateResult, KeyState } from "../keys/state";
import { presentError } from "./present-error";
import type { Session } from "./session";

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
   * One setting; undefined if it is not set.
   *
   * @param key the setting's full name, such as `vultr:apiUrl`
   */
  get(key: string): string | undefined;
}

/** What `pulumi-vultr-user-api-key/provider` exports; each verb is documented there. */
export interface Provider {
  configure: (request: ConfigureRequest) => void;
  check: (olds: Properties, news: Properties) => Promise<CheckResult>;
  diff: (id: string, state: KeyState, news: Properties) => Promise<DiffResult>;
  create: (news: Properties) => Promise<CreateResult>;
  read: (id: string, state: Partial<KeyState>) => Promise<ReadResult>;
  update: (id: string, state: KeyState, news: Properties) => Promise<Omit<CreateResult, "id">>;
  delete: (id: string, state: Partial<KeyState>) => Promise<void>;
}

export function createProvider(session: Session): Provider {
  const { memory, clock } = session;

  async function guarded<T>(props: object, verb: () => Promise<T>): Promise<T> {
    try {
      return await verb();
    } catch (error) {
      const text = "__provider" in props ? String(props.__provider) : undefined;
      throw presentError(error, text);
    }
  }

  /** A verb on the way to a new or a proven key: where it fails, no key may be revoked in this run. */
  function making<T>(props: object, verb: () => Promise<T>): Promise<T> {
    return guarded(props, verb).catch((error: unknown) => {
      memory.noteFailure();
      throw error;
    });
  }

  /** Said in the preview rather than at the end of the run, where the new key exists already. */
  async function refuseSelfRevoke(state: KeyState, inputs: KeyInputs): Promise<void> {
    const { apiKey } = session.settings();
    if (apiKey === undefined || state.apiKey !== apiKey) return;
    if (inputs.allowSelfRevoke === true || containsUnknown(inputs.allowSelfRevoke)) return;
    const { selfRevokeRefused } = await import("../lifecycle/delete");
    throw selfRevokeRefused(state.keyId);
  }

  return {
    configure(request) {
      session.configure((key) => request.config.get(key));
    },
    check: (olds, news) =>
      making(news, async () => {
        const { check } = await import("../lifecycle/check");
        const result = check(olds, news, {
          settings: session.settings(),
          memory,
          nowMs: clock.now(),
        });
        if (result.failures.length > 0) memory.noteFailure();
        return result;
      }),
    diff: (_id, state, news) =>
      making(news, async () => {
        const { diff } = await import("../lifecycle/diff");
        const inputs = argsOf(news);
        const { notes, ...answer } = diff(state, inputs, { memory, nowMs: clock.now() });
        if (answer.replaces.length > 0) await refuseSelfRevoke(state, inputs);
        for (const note of notes) session.notify(note);
        return answer;
      }),
    create: (news) =>
      making(news, async () => {
        const { create } = await import("../lifecycle/create");
        const { id, outs } = await create(await session.context(), argsOf(news));
        return { id, outs: sealed(outs) };
      }),
    read: (id, state) =>
      guarded(state, async () => {
        const { read } = await import("../lifecycle/read");
        const found = await read(await session.context(), id, state);
        return found.props === undefined ? found : { ...found, props: sealed(found.props) };
      }),
    update: (_id, state, news) =>
      making(news, async () => {
        const { update } = await import("../lifecycle/update");
        const { outs } = await update(await session.context(), state, argsOf(news));
        return { outs: sealed(outs) };
      }),
    delete: (id, state) =>
      guarded(state, async () => {
        const { deleteKey } = await import("../lifecycle/delete");
        await deleteKey(await session.context(), id, state);
      }),
  };
}

/** The program's args as check accepted them. */
function argsOf(news: Properties): KeyInputs {
  const { __provider: _, ...args } = news;
  return args;
}

/** The plaintext with the engine's mark of a secret, which no option of the program can take away. */
export function sealed<T extends Partial<KeyState>>(outs: T): T {
  return outs.apiKey === undefined ? outs : { ...outs, apiKey: secret(outs.apiKey) };
}
