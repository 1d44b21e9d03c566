/**
 * The verbs that the engine calls, over one session. A failure is noted for the deletions that follow, and
 * worded for people.
 */
import type { KeyInputs } from "../keys/inputs";
import type { CreateResult, KeyState } from "../keys/state";
import { check, type CheckResult } from "../lifecycle/check";
import { create } from "../lifecycle/create";
import { deleteKey } from "../lifecycle/delete";
import { diff, type DiffResult } from "../lifecycle/diff";
import { read, type ReadResult } from "../lifecycle/read";
import { update } from "../lifecycle/update";
import { presentError, sealed } from "./present-error";
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
  async function guarded<T>(props: object, verb: () => T | Promise<T>): Promise<T> {
    try {
      return await verb();
    } catch (error) {
      throw presentError(error, "__provider" in props ? String(props.__provider) : undefined);
    }
  }

  /** A verb on the way to a new or a proven key: if it fails, no key may be revoked in this run. */
  function making<T>(props: object, verb: () => T | Promise<T>): Promise<T> {
    return guarded(props, verb).catch((error: unknown) => {
      session.memory.noteFailure();
      throw error;
    });
  }

  return {
    configure(request) {
      session.configure((key) => request.config.get(key));
    },
    check: (olds, news) => making(news, () => check(session, olds, news)),
    diff: (_id, state, news) => making(news, () => diff(session, state, argsOf(news))),
    create: (news) =>
      making(news, async () => {
        const { id, outs } = await create(await session.context(), argsOf(news));
        return { id, outs: sealed(outs) };
      }),
    read: (id, state) =>
      guarded(state, async () => {
        const found = await read(await session.context(), id, state);
        return found.props === undefined ? found : { ...found, props: sealed(found.props) };
      }),
    update: (_id, state, news) =>
      making(news, async () => {
        const { outs } = await update(await session.context(), state, argsOf(news));
        return { outs: sealed(outs) };
      }),
    delete: (id, state) =>
      guarded(state, async () => {
        await deleteKey(await session.context(), id, state);
      }),
  };
}

/** The program's args as check accepted them. */
function argsOf(news: Properties): KeyInputs {
  const { __provider: _, ...args } = news;
  return args;
}
