/** The plugin as the engine calls it in one run, by messages, over an emulated account and a manual clock. */
import { createService } from "../../../provider/doors/plugin/service";
import { createSession } from "../../../provider/doors/session";
import type { KeyInputs } from "../../../provider/keys/inputs";
import type { KeyState } from "../../../provider/keys/state";
import { pluginKeyType } from "../../../provider/names";
import type { Transport } from "../../../provider/vultr/transport";
import { pluginCalls, sendTo } from "../../support/plugin-calls";
import { opened, type RunOptions, startRun } from "../lifecycle/run";

export const urn = `urn:pulumi:dev::app::${pluginKeyType}::ci`;

export const providerUrn = (name: string) =>
  `urn:pulumi:dev::app::pulumi:providers:vultr-user-api-key::${name}`;

/** What people were shown. */
interface Line {
  urn: string;
  severity: "info" | "warning";
  message: string;
}

export interface PluginOptions extends RunOptions {
  /** Is told each line before it is kept. */
  onLine?: (line: Line) => void;
}

/** Closed by `await using`. */
export async function startPlugin({ onLine, ...options }: PluginOptions = {}) {
  const run = await startRun(options);
  const { vultr, clock, userId } = run;
  const lines: Line[] = [];
  const transports: Transport[] = [];
  const start = () => {
    const session = createSession({
      clock,
      environment: {
        VULTR_API_URL: vultr.url,
        VULTR_API_KEY: vultr.rootApiKey,
        ...options.environment,
      },
      around(transport) {
        transports.push(transport);
        return options.around?.(transport) ?? transport;
      },
    });
    const service = createService(session, (of, severity, message) => {
      onLine?.({ urn: of, severity, message });
      lines.push({ urn: of, severity, message });
      return Promise.resolve();
    });
    return { service, ...pluginCalls(sendTo(service)) };
  };
  let { service, ...calls } = start();

  const args = (more: KeyInputs = {}): KeyInputs => ({ userId, ...more });
  const stateOf = (properties: object) => opened(properties as KeyState);

  return {
    ...run,
    args,
    lines,
    get calls() {
      return calls;
    },
    cancel: () => {
      service.cancel();
    },
    /** The engine begins another run, in another process. */
    nextRun: () => {
      ({ service, ...calls } = start());
    },
    /** check and create of a new resource. */
    async make(more?: KeyInputs) {
      const { inputs } = await calls.check(urn, {}, args(more));
      const { id, properties } = await calls.create(urn, inputs);
      return { urn, id, inputs, state: stateOf(properties) };
    },
    /** check and diff of a resource that an earlier run made. */
    async diff({ id, inputs, state }: { id: string; inputs: object; state: object }, news: object) {
      const checked = await calls.check(urn, inputs, news);
      return calls.diff({ urn, id }, state, inputs, checked.inputs);
    },
    stateOf,
    async [Symbol.asyncDispose]() {
      // First of all the account: a canceled request is still under way.
      await run[Symbol.asyncDispose]();
      for (const transport of transports) await transport.close();
    },
  };
}

export type Plugin = Awaited<ReturnType<typeof startPlugin>>;
