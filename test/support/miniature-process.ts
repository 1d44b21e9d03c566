/** Provider processes as the engine starts them: one for each provider and run, all of which a kill ends. */
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime";

import {
  createProvider,
  type Properties,
  type Provider,
} from "../../provider/doors/create-provider";
import type { CreateResult, KeyState } from "../../provider/keys/state";
import { explicitProviderSetting } from "../../provider/names";
import { createSession } from "../../provider/doors/session";
import type { RequestLimits, Transport } from "../../provider/vultr/transport";
import type { Emulator } from "../emulator";
import type { ManualClock } from "./manual-clock";
import { defaultProvider, type RecordedKey } from "./miniature-stack";

/** The world in which processes run. */
export interface World {
  vultr: Emulator;
  clock: ManualClock;
  limits?: Partial<RequestLimits>;
}

/** The provider process dies at its n-th request, before it is sent or before its answer is seen. */
export interface Death {
  request: number;
  when: "before" | "after";
}

export class ProcessDied extends Error {}

/** What goes on between engine and provider, for comparison with the real engine. */
export interface Call {
  provider: string;
  verb: "check" | "check as new" | "diff" | "create" | "read" | "update" | "delete";
  /** The hidden input or output, which is all that a provider is told. */
  urn: string;
}

/** A key that was made and is not in order, as the engine gets it. */
export interface PartlyMade {
  id: string;
  state: KeyState;
}

type Made = Pick<CreateResult, "id"> & { state: KeyState };

/** The verbs as the engine calls them: secrets are unmarked, and the provider's text is put back. */
export interface CalledProvider {
  check(olds: Properties, news: Properties): Promise<Properties>;
  diff(key: RecordedKey, news: Properties): ReturnType<Provider["diff"]>;
  create(news: Properties): Promise<Made>;
  /** Undefined if the key is gone. */
  read(key: RecordedKey): Promise<KeyState | undefined>;
  update(key: RecordedKey, news: Properties): Promise<KeyState>;
  delete(key: RecordedKey): Promise<void>;
}

export interface Processes extends AsyncDisposable {
  get(provider: string): CalledProvider;
}

export interface ProcessOptions {
  /** The credential of the environment. */
  apiKey: string;
  /** Credentials of explicit providers. */
  providers: Readonly<Record<string, string | null>>;
  dieAt?: Death | undefined;
  printed: string[];
  calls: Call[];
}

export function startProcesses(world: World, options: ProcessOptions): Processes {
  const { vultr, clock, limits = {} } = world;
  const { dieAt, printed, calls } = options;
  const running = new Map<string, CalledProvider>();
  const transports: Transport[] = [];
  let sent = 0;
  let isDead = false;

  function die(): never {
    isDead = true;
    throw new ProcessDied();
  }

  function mortal(transport: Transport): Transport {
    transports.push(transport);
    return {
      ...transport,
      async send(request) {
        sent += 1;
        const isLast = dieAt !== undefined && sent >= dieAt.request;
        if (isDead || (isLast && dieAt.when === "before")) return die();
        const answer = transport.send(request);
        if (!isLast) return answer;
        await answer.catch(() => undefined);
        return die();
      },
    };
  }

  function start(name: string): CalledProvider {
    const session = createSession({
      clock,
      limits,
      around: mortal,
      environment: { VULTR_API_URL: vultr.url, VULTR_API_KEY: options.apiKey },
      print: (line) => printed.push(line),
    });
    const provider = createProvider(session);
    if (name !== defaultProvider) {
      const config = new Map([
        [explicitProviderSetting, "true"],
        ["vultr:apiKey", options.providers[name] ?? ""],
      ]);
      provider.configure({ config: { get: (key) => config.get(key) } });
    }
    return called(name, provider);
  }

  function called(name: string, provider: Provider): CalledProvider {
    /** What a dead process returns, nobody hears. */
    async function alive<T>(
      verb: Call["verb"],
      { resourceUrn: urn }: { resourceUrn?: unknown },
      call: () => Promise<T>,
    ): Promise<T> {
      calls.push({ provider: name, verb, urn: typeof urn === "string" ? urn : "" });
      const answer = call();
      await answer.catch(() => undefined);
      if (isDead) throw new ProcessDied();
      return answer;
    }
    return {
      async check(olds, news) {
        const verb = Object.keys(olds).length === 0 ? "check as new" : "check";
        const answer = await alive(verb, news, () => provider.check(olds, news));
        if (answer.failures.length > 0)
          throw new Error(answer.failures.map(({ reason }) => reason).join("; "));
        return unmarked(answer.inputs);
      },
      diff: (key, news) => alive("diff", news, () => provider.diff(key.id, key.state, news)),
      async create(news) {
        const { id, outs } = await alive("create", news, () => provider.create(news));
        return { id, state: asStored(outs, news) };
      },
      async read(key) {
        const found = await alive("read", key.state, () => provider.read(key.id, key.state));
        return "id" in found ? asStored(found.props as KeyState, key.state) : undefined;
      },
      async update(key, news) {
        const call = () => provider.update(key.id, key.state, news);
        const { outs } = await alive("update", news, call);
        return asStored(outs, news);
      },
      delete: (key) => alive("delete", key.state, () => provider.delete(key.id, key.state)),
    };
  }

  return {
    get(name) {
      const process = running.get(name) ?? start(name);
      running.set(name, process);
      return process;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
}

/** The partial create that an error stands for, if it does. */
export function partlyMade(error: Error): PartlyMade | undefined {
  const { id, properties } = error as Partial<{ id: string; properties: KeyState }>;
  if (id === undefined || properties === undefined) return undefined;
  return { id, state: asStored(properties, properties) };
}

function asStored(outs: KeyState, props: { __provider?: unknown }): KeyState {
  if (typeof outs.apiKey === "string") throw new Error("the plaintext goes into state unmarked");
  return unmarked({ ...outs, __provider: String(props.__provider) });
}

/** Values as they come back to a provider: without the marks of secrets. */
function unmarked<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(unmarked) as T;
  if (Reflect.get(value, specialSigKey) === specialSecretSig)
    return unmarked(Reflect.get(value, "value") as T);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, unmarked(inner as unknown)]),
  ) as T;
}
