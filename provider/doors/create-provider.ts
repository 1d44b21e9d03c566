/**
 * The verbs that the engine calls, over one session. A failure is remembered, because it stops the deletions
 * that follow, and is put into its reader's words.
 */
import type { Properties } from "../keys/engine-values";
import type { KeyInputs } from "../keys/inputs";
import { identityOf } from "../keys/run-memory";
import type { CreateResult, KeyState } from "../keys/state";
import { check, type CheckResult } from "../lifecycle/check";
import { create } from "../lifecycle/create";
import { deleteKey } from "../lifecycle/delete";
import { diff, type DiffResult } from "../lifecycle/diff";
import { read, type ReadResult } from "../lifecycle/read";
import { update } from "../lifecycle/update";
import { namespaces } from "../names";
import { presentError, sealed } from "./present-error";
import type { Session } from "./session";

/** What the engine hands over before the first verb: all of the stack's configuration. */
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

/** What `pulumi-vultr-user-api-key/provider` (`dynamic.ts`) exports; each verb is documented there. */
export type Provider = ReturnType<typeof createProvider>;

/** @param session of the process, or of one request */
export function createProvider(session: Session) {
  async function guarded<T>(
    props: object,
    verb: () => T | Promise<T>,
    onFailure?: () => void,
  ): Promise<T> {
    try {
      return await verb();
    } catch (error) {
      onFailure?.();
      const providerText = "__provider" in props ? String(props.__provider) : undefined;
      throw presentError(error, session.inWords, providerText);
    }
  }

  /** A verb on the way to a key that is made and proven: if it fails, no key may be revoked until another try succeeds. */
  function making<T>(props: Properties, verb: () => T | Promise<T>): Promise<T> {
    return guarded(props, verb, () => {
      session.memory.noteFailure(identityOf(props));
    });
  }

  return {
    configure: (request: ConfigureRequest): void => {
      session.configure((name) => request.config.get(`${namespaces.classes}:${name}`));
    },
    check: (olds: Properties, news: Properties): Promise<CheckResult> =>
      making(news, () => {
        const result = check(session, olds, news);
        for (const failure of result.failures) failure.reason = session.inWords(failure.reason);
        return result;
      }),
    diff: (_id: string, state: KeyState, news: Properties): Promise<DiffResult> =>
      making(news, () => diff(session, state, argsOf(news))),
    create: (news: Properties): Promise<CreateResult> =>
      making(news, async () => {
        const { id, outs } = await create(await session.context(), argsOf(news));
        return { id, outs: sealed(outs) };
      }),
    /** @param isGet the program looks the key up; if it is not given, `state` tells */
    read: (id: string, state: Partial<KeyState>, isGet?: boolean): Promise<ReadResult> =>
      guarded(state, async () => {
        const found = await read(await session.context(), id, state, isGet);
        return found.props === undefined ? found : { ...found, props: sealed(found.props) };
      }),
    update: (_id: string, state: KeyState, news: Properties): Promise<Omit<CreateResult, "id">> =>
      making(news, async () => {
        const { outs } = await update(await session.context(), state, argsOf(news));
        return { outs: sealed(outs) };
      }),
    delete: (id: string, state: Partial<KeyState>): Promise<void> =>
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
