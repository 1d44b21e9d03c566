/**
 * The engine's behaviour towards a provider, small enough to run ten thousand times: what it calls
 * in which order, what it records when, and what is left when a process dies. The rules are those
 * of the real engine (create, dependents, delete last); end-to-end tests hold the two together.
 */
import { check } from "../../provider/lifecycle/check";
import type { Context } from "../../provider/lifecycle/context";
import { create } from "../../provider/lifecycle/create";
import { deleteKey } from "../../provider/lifecycle/delete";
import { diff } from "../../provider/lifecycle/diff";
import type { KeyInputs } from "../../provider/lifecycle/inputs";
import { PartialCreateError } from "../../provider/lifecycle/partial-create";
import type { KeyState } from "../../provider/lifecycle/state";
import { update } from "../../provider/lifecycle/update";
import { isVultrError } from "../../provider/vultr/errors";
import type { RequestLimits, Transport } from "../../provider/vultr/transport";
import type { Emulator } from "../emulator";
import type { ManualClock } from "./manual-clock";
import { startProvider } from "./provider-process";

/** A key as the stack records it. */
export interface RecordedKey {
  id: string;
  inputs: KeyInputs;
  state: KeyState;
  /** The key was kept although it is not in order: update is called next. */
  isUnfinished: boolean;
}

interface RecordedResource {
  current?: RecordedKey;
  /** Replaced keys whose deletion has not succeeded yet. */
  pending: RecordedKey[];
}

/** What a program declares: args by resource name. */
export type Program = Record<string, Partial<KeyInputs>>;

export interface RunOptions {
  /** A dependent of the keys fails: the run stops before deletes. */
  dependentsFail?: boolean;
  /** The provider process dies at its n-th request, before it is sent or before its answer is seen. */
  dieAt?: { request: number; when: "before" | "after" };
}

export interface RunResult {
  /** Undefined where the run succeeded. */
  error: Error | undefined;
  died: boolean;
  /** Everything a person could have read. */
  printed: string[];
}

export interface MiniatureEngine {
  readonly resources: ReadonlyMap<string, RecordedResource>;
  up(program: Program, options?: RunOptions): Promise<RunResult>;
  /** All keys in state. */
  recorded(): RecordedKey[];
}

class ProcessDied extends Error {}

interface MortalContext extends Context {
  isDead: () => boolean;
}

export function createMiniatureEngine(
  vultr: Emulator,
  clock: ManualClock,
  limits: Partial<RequestLimits> = {},
): MiniatureEngine {
  const resources = new Map<string, RecordedResource>();

  async function up(program: Program, options: RunOptions = {}): Promise<RunResult> {
    const printed: string[] = [];
    const { context, close } = startMortal(printed, options.dieAt);
    try {
      for (const [name, args] of Object.entries(program)) await step(context, name, args);
      if (options.dependentsFail === true) throw new Error("a dependent failed");
      await deletePending(context);
      await deleteUndeclared(context, program);
      return { error: undefined, died: false, printed };
    } catch (error) {
      if (error instanceof ProcessDied) return { error, died: true, printed };
      if (!(error instanceof Error)) throw error;
      printed.push(isVultrError(error) ? `${error.message} ${error.hint}` : error.message);
      return { error, died: false, printed };
    } finally {
      await close();
    }
  }

  async function step(
    context: MortalContext,
    name: string,
    args: Partial<KeyInputs>,
  ): Promise<void> {
    const resource = resources.get(name) ?? { pending: [] };
    resources.set(name, resource);
    const news = { ...args, resourceName: name };
    const { current } = resource;
    const inputs = checked(current?.inputs ?? {}, news, context);
    if (current === undefined) {
      await make(context, resource, inputs);
      return;
    }
    context.memory.noteCurrent(current.state, inputs);
    const { changes, replaces } = diff(current.state, inputs, clock.now());
    if (replaces.length > 0) await make(context, resource, checked({}, news, context));
    else if (changes || current.isUnfinished) {
      const { outs } = await alive(context, update(context, current.state, inputs));
      resource.current = { id: current.id, inputs, state: outs, isUnfinished: false };
    }
  }

  async function make(
    context: MortalContext,
    resource: RecordedResource,
    inputs: KeyInputs,
  ): Promise<void> {
    const record = (id: string, state: KeyState, isUnfinished: boolean) => {
      if (resource.current !== undefined) resource.pending.push(resource.current);
      resource.current = { id, inputs, state, isUnfinished };
    };
    try {
      const { id, outs } = await alive(context, create(context, inputs));
      record(id, outs, false);
    } catch (error) {
      if (error instanceof PartialCreateError)
        record(error.id, error.propertiesFor(undefined) as KeyState, true);
      throw error;
    }
  }

  async function deletePending(context: MortalContext): Promise<void> {
    for (const resource of resources.values()) {
      for (const key of [...resource.pending]) {
        await alive(context, deleteKey(context, key.id, key.state));
        resource.pending = resource.pending.filter((other) => other !== key);
      }
    }
  }

  async function deleteUndeclared(context: MortalContext, program: Program): Promise<void> {
    for (const [name, resource] of resources) {
      if (name in program || resource.current === undefined) continue;
      await alive(context, deleteKey(context, resource.current.id, resource.current.state));
      resources.delete(name);
    }
  }

  function checked(
    olds: Partial<KeyInputs>,
    news: Partial<KeyInputs>,
    context: MortalContext,
  ): KeyInputs {
    const settings = { apiKey: undefined, apiUrl: undefined, requestsPerSecond: undefined };
    const { memory } = context;
    const { failures, inputs } = check(olds, news, { settings, memory, nowMs: clock.now() });
    if (failures.length > 0) throw new Error(failures.map((failure) => failure.reason).join("; "));
    return inputs;
  }

  /** What a dead process returns, nobody hears. */
  async function alive<T>(context: MortalContext, verb: Promise<T>): Promise<T> {
    const result = await verb;
    if (context.isDead()) throw new ProcessDied();
    return result;
  }

  /** A provider process of its own for each run, as the engine starts one. */
  function startMortal(notices: string[], dieAt: RunOptions["dieAt"]) {
    let sent = 0;
    let dead = false;
    const die = (): never => {
      dead = true;
      throw new ProcessDied();
    };
    const around = (transport: Transport): Transport => ({
      ...transport,
      async send(request) {
        sent += 1;
        const isLast = dieAt !== undefined && sent >= dieAt.request;
        if (dead || (isLast && dieAt.when === "before")) return die();
        const answer = transport.send(request);
        if (!isLast) return answer;
        await answer.catch(() => undefined);
        return die();
      },
    });
    const provider = startProvider({ vultr, clock, limits, around, notices });
    const context: MortalContext = Object.assign(provider.context, { isDead: () => dead });
    return { context, close: () => provider[Symbol.asyncDispose]() };
  }

  return {
    resources,
    up,
    recorded: () =>
      [...resources.values()].flatMap(({ current, pending }) =>
        current === undefined ? pending : [current, ...pending],
      ),
  };
}
