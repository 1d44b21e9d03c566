/**
 * One provider process: its settings, its memory of the run, and a client that is built when a verb
 * first needs Vultr. A preview that only checks and diffs loads no HTTP client.
 */
import { collectSettings, resolveSettings, type StackConfig } from "../settings";
import { connect, type ConnectionOptions } from "../vultr/connect";
import { type Context, type OperationOptions, operationLimit } from "../keys/context";
import { createRunMemory } from "../keys/run-memory";
import { type Clock, systemClock } from "../vultr/clock";
import { oneLine } from "../vultr/redact";
import { inWordsOf, type Reader } from "../words";

/** The world around a provider process; each has this process's own as its default. */
export interface SessionOptions extends ConnectionOptions {
  clock?: Clock;
  environment?: NodeJS.ProcessEnv;
  /** Shows one line to people. */
  print?: (line: string) => void;
}

export type Session = ReturnType<typeof createSession>;

export function createSession(options: SessionOptions = {}) {
  const { clock = systemClock, environment = process.env, print = console.log } = options;
  const memory = createRunMemory();
  let stackConfig: StackConfig = () => undefined;
  let connection: ReturnType<typeof open> | undefined;

  const settings = () => collectSettings(stackConfig, environment);
  /** @param reader who reads `text` if the key has no provider of its own */
  const inWords = (text: string, reader: Reader = "classes") =>
    inWordsOf(settings().isExplicitProvider ? "explicitProvider" : reader, text);
  /** Prints one line, made safe to show; the engine shows it under Diagnostics. */
  const notify = (message: string) => {
    print(oneLine(inWords(message)));
  };

  async function open() {
    const resolved = resolveSettings(settings());
    const { client, transport } = await connect(resolved, clock, options);
    return { client, apiUrl: resolved.apiUrl, credential: transport.credential };
  }

  return {
    memory,
    clock,
    settings,
    inWords,
    notify,
    /** Takes the stack's configuration; keeps it, judges nothing. */
    configure(stack: StackConfig): void {
      stackConfig = stack;
    },
    /**
     * What verbs that talk to Vultr work with; over the same connection for the whole run.
     *
     * @throws {VultrError} a setting is missing or malformed
     */
    async context(operation: OperationOptions = {}): Promise<Context> {
      // A missing setting must not be remembered: it costs nothing to find it missing again.
      connection ??= open().catch((error: unknown) => {
        connection = undefined;
        throw error;
      });
      const own = { notify, ...operation, ...(await connection) };
      return { memory, clock, ...own, limit: operationLimit(clock, operation) };
    },
  };
}
