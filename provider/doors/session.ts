/**
 * One provider process: its settings, its memory of the run, and a client that is built when a verb
 * first needs Vultr. A preview that only checks and diffs loads no HTTP client.
 */
import { collectSettings, type RawSettings, resolveSettings, type StackConfig } from "../settings";
import { connect, type ConnectionOptions } from "../vultr/connect";
import type { Context } from "../keys/context";
import { createRunMemory, type RunMemory } from "../keys/run-memory";
import { type Clock, systemClock } from "../vultr/clock";
import { oneLine } from "../vultr/redact";

export interface Session {
  readonly memory: RunMemory;
  readonly clock: Clock;
  /** Takes the stack's configuration; keeps it, judges nothing. */
  configure(stack: StackConfig): void;
  settings(): RawSettings;
  /** Prints one line, made safe to show; the engine shows it under Diagnostics. */
  notify(message: string): void;
  /**
   * What verbs that talk to Vultr work with; the same for the whole run.
   *
   * @throws {VultrError} a setting is missing or malformed
   */
  context(): Promise<Context>;
}

/** The world around a provider process; each has this process's own as its default. */
export interface SessionOptions extends ConnectionOptions {
  clock?: Clock;
  environment?: NodeJS.ProcessEnv;
  /** Shows one line to people. */
  print?: (line: string) => void;
}

export function createSession(options: SessionOptions = {}): Session {
  const { clock = systemClock, environment = process.env, ...connectionOptions } = options;
  const { print = console.log } = options;
  const memory = createRunMemory();
  let stackConfig: StackConfig = () => undefined;
  let context: Promise<Context> | undefined;

  const settings = () => collectSettings(stackConfig, environment);
  const notify = (message: string) => {
    print(oneLine(message));
  };

  async function createContext(): Promise<Context> {
    const resolved = resolveSettings(settings());
    const { client, transport } = await connect(resolved, clock, connectionOptions);
    let managementKey = resolved.apiKey;
    return {
      client,
      clock,
      memory,
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
