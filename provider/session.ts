/**
 * One provider process: its settings, its memory of the run, and a client that is built when a verb
 * first needs Vultr. A preview that only checks and diffs loads no HTTP client.
 */
import { availableParallelism } from "node:os";

import { collectSettings, type RawSettings, resolveSettings, type StackConfig } from "./config";
import { connect } from "./connection";
import { createConfirmations } from "./lifecycle/confirmations";
import type { Context } from "./lifecycle/context";
import { createRunMemory, type RunMemory } from "./lifecycle/run-memory";
import { type Clock, systemClock } from "./vultr/clock";
import { redact } from "./vultr/redact";

export interface Session {
  readonly memory: RunMemory;
  readonly clock: Clock;
  /** Takes the stack's configuration; keeps it, judges nothing. */
  configure(stack: StackConfig): void;
  settings(): RawSettings;
  /** Prints one line, redacted; the engine shows it under Diagnostics. */
  notify(message: string): void;
  /**
   * What verbs that talk to Vultr work with; the same for the whole run.
   *
   * @throws {ConfigError} a setting is missing or malformed
   */
  context(): Promise<Context>;
}

/** How many operations the engine runs at a time, unless `--parallel` says otherwise. */
function enginesDefaultParallelism(): number {
  return 4 * availableParallelism();
}

export function createSession(clock: Clock = systemClock): Session {
  const memory = createRunMemory();
  let stackConfig: StackConfig = () => undefined;
  let context: Promise<Context> | undefined;

  const settings = () => collectSettings(stackConfig, process.env);
  const notify = (message: string) => {
    console.log(redact(message));
  };

  async function createContext(): Promise<Context> {
    const resolved = resolveSettings(settings());
    const { client, transport } = await connect(resolved, clock);
    let managementKey = resolved.apiKey;
    return {
      client,
      clock,
      memory,
      confirmations: createConfirmations(clock, enginesDefaultParallelism()),
      apiUrl: resolved.apiUrl,
      notify,
      get managementKey() {
        return managementKey;
      },
      useManagementKey(newKey) {
        managementKey = newKey;
        transport.authenticateWith(newKey);
      },
    };
  }

  return {
    memory,
    clock,
    configure(stack) {
      stackConfig = stack;
    },
    settings,
    notify,
    context() {
      // A missing setting must not be remembered: it costs nothing to find it missing again.
      context ??= createContext().catch((error: unknown) => {
        context = undefined;
        throw error;
      });
      return context;
    },
  };
}
