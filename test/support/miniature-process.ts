/** Provider processes as the engine starts them: one for each provider and run, all of which a kill ends. */
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime";

import { createProvider, type Provider } from "../../provider/doors/create-provider";
import type { Properties } from "../../provider/keys/engine-values";
import type { KeyState } from "../../provider/keys/state";
import { createService } from "../../provider/doors/plugin/service";
import { createSession, type Session } from "../../provider/doors/session";
import { explicitProviderSetting } from "../../provider/names";
import type { RequestLimits, Transport } from "../../provider/vultr/transport";
import type { Emulator } from "../emulator";
import type { ManualClock } from "./manual-clock";
import { calledPlugin } from "./miniature-plugin";
import { defaultProvider, type RecordedKey } from "./miniature-stack";
import { pluginCalls, sendTo } from "./plugin-calls";

/** How the engine reaches the provider. */
export type Door = "dynamic provider" | "plugin";

/** The world in which processes run. */
export interface World {
  /** @default the dynamic provider */
  door?: Door;
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
  /** As the provider is told it: the dynamic provider by a hidden input or output. */
  urn: string;
}

export interface Made {
  id: string;
  state: KeyState;
}

/** A key was made and is not in order: the engine records it. */
export class PartlyMade extends Error implements Made {
  constructor(
    message: string,
    readonly id: string,
    readonly state: KeyState,
  ) {
    super(message);
  }
}

/** The verbs as the engine calls them: secrets are unmarked, and the provider's text is put back. */
export interface CalledProvider {
  check(urn: string, olds: Properties, news: Properties): Promise<Properties>;
  diff(key: RecordedKey, news: Properties): ReturnType<Provider["diff"]>;
  /** @throws {PartlyMade} */
  create(urn: string, news: Properties): Promise<Made>;
  /** Undefined if the key is gone. */
  read(key: RecordedKey): Promise<KeyState | undefined>;
  update(key: RecordedKey, news: Properties): Promise<KeyState>;
  delete(key: RecordedKey): Promise<void>;
  /** read without a state, for the option `import`. */
  import?(urn: string, id: string): Promise<Made & { inputs: Properties }>;
  /** create and update in a preview: the engine asks a plugin what they would bring. */
  previewCreate?(urn: string, news: Properties): Promise<void>;
  previewUpdate?(key: RecordedKey, news: Properties): Promise<void>;
}

/** Makes a call of a verb; what a dead process returns, nobody hears. */
export type Alive = <T>(verb: Call["verb"], urn: unknown, call: () => Promise<T>) => Promise<T>;

export type Processes = ReturnType<typeof startProcesses>;

export interface ProcessOptions {
  /** The credential of the environment. */
  apiKey: string;
  /** Credentials of explicit providers. */
  providers: Readonly<Record<string, string | null>>;
  dieAt?: Death | undefined;
  /** The person cancels the run while its n-th request is under way. Only a plugin is told. */
  cancelAt?: number | undefined;
  printed: string[];
  calls: Call[];
}

export function startProcesses(world: World, options: ProcessOptions) {
  const { vultr, clock, limits = {}, door = "dynamic provider" } = world;
  const { dieAt, cancelAt, printed, calls } = options;
  const cancellations: (() => unknown)[] = [];
  const running = new Map<string, CalledProvider>();
  const transports: Transport[] = [];
  let sent = 0;
  let isDead = false;
  let isCanceled = false;

  function mortal(transport: Transport): Transport {
    transports.push(transport);
    return {
      ...transport,
      async send(request) {
        sent += 1;
        const dies = sent === dieAt?.request ? dieAt.when : undefined;
        isDead ||= dies === "before";
        if (isDead) throw new ProcessDied();
        const answer = transport.send(request);
        if (sent === cancelAt && door === "plugin") {
          isCanceled = true;
          for (const cancel of cancellations) cancel();
        }
        if (dies === undefined) return answer;
        await answer.catch(() => undefined);
        isDead = true;
        throw new ProcessDied();
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
    const credential = name === defaultProvider ? undefined : (options.providers[name] ?? "");
    const alive: Alive = async (verb, urn, call) => {
      calls.push({ provider: name, verb, urn: typeof urn === "string" ? urn : "" });
      const answer = call();
      await answer.catch(() => undefined);
      if (isDead) throw new ProcessDied();
      return answer;
    };
    return door === "plugin"
      ? startPlugin(session, credential, alive)
      : startDynamic(session, credential, alive);
  }

  function startPlugin(session: Session, credential: string | undefined, alive: Alive) {
    const service = createService(session, (_urn, _severity, message) => {
      printed.push(message);
      return Promise.resolve();
    });
    cancellations.push(() => service.cancel());
    return calledPlugin(pluginCalls(sendTo(service)), credential, alive);
  }

  return {
    /** The person has canceled the run: nothing more is begun. */
    get isCanceled() {
      return isCanceled;
    },
    get(name: string) {
      const process = running.get(name) ?? start(name);
      running.set(name, process);
      return process;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
}

/** @param credential of an explicit provider */
function startDynamic(
  session: Session,
  credential: string | undefined,
  alive: Alive,
): CalledProvider {
  const provider = createProvider(session);
  if (credential !== undefined) {
    const config = new Map([
      [`vultr:${explicitProviderSetting}`, "true"],
      ["vultr:apiKey", credential],
    ]);
    provider.configure({ config: { get: (key) => config.get(key) } });
  }
  return {
    check: (_urn, olds, news) =>
      checked(olds, (verb) => alive(verb, news["resourceUrn"], () => provider.check(olds, news))),
    diff: ({ id, state }, news) =>
      alive("diff", news["resourceUrn"], () => provider.diff(id, state, news)),
    async create(_urn, news) {
      try {
        const call = () => provider.create(news);
        const { id, outs } = await alive("create", news["resourceUrn"], call);
        return { id, state: asStored(outs, news) };
      } catch (error) {
        const { id, properties } = error as Partial<{ id: string; properties: KeyState }>;
        if (!(error instanceof Error) || id === undefined || properties === undefined) throw error;
        throw new PartlyMade(error.message, id, asStored(properties, properties));
      }
    },
    async read({ id, state }) {
      const found = await alive("read", state.resourceUrn, () => provider.read(id, state));
      return "id" in found ? asStored(found.props as KeyState, state) : undefined;
    },
    async update({ id, state }, news) {
      const call = () => provider.update(id, state, news);
      const { outs } = await alive("update", news["resourceUrn"], call);
      return asStored(outs, news);
    },
    delete: ({ id, state }) => alive("delete", state.resourceUrn, () => provider.delete(id, state)),
  };
}

/** @throws {Error} with the failures */
export async function checked(
  olds: Properties,
  check: (verb: Call["verb"]) => Promise<{ inputs: Properties; failures: { reason: string }[] }>,
): Promise<Properties> {
  const isNew = Object.keys(olds).length === 0;
  const { inputs, failures } = await check(isNew ? "check as new" : "check");
  if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
  return unmarked(inputs);
}

function asStored(outs: KeyState, props: { __provider?: unknown }): KeyState {
  return { ...opened(outs), __provider: String(props.__provider) };
}

/** Outputs as they come back to a provider. */
export function opened(outs: KeyState): KeyState {
  if (typeof outs.apiKey === "string") throw new Error("the plaintext goes into state unmarked");
  return unmarked(outs);
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
