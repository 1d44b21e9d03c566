/** What a command may touch of the world around it, so that tests can stand in for all of it. */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { buffer } from "node:stream/consumers";

import { type Clock, systemClock } from "../vultr/clock";

export interface Terminal {
  /** The result, and nothing else: made to be piped. */
  print: (text: string) => void;
  /** Progress and warnings, on standard error. */
  say: (text: string) => void;
  /** Everything that is piped in. */
  readStandardInput: () => Promise<string>;
  /** May the result be coloured? Not in a pipe, and not with NO_COLOR. */
  readonly hasColours: boolean;
  /** Characters in a line; a pipe takes any number. */
  readonly columns: number;
  /** Is a person there to answer a question? */
  readonly isInteractive: boolean;
  /** One line that the person types, trimmed. */
  ask: (question: string) => Promise<string>;
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

/** This process's own. */
export function systemTerminal(): Terminal {
  const { stdin, stdout, stderr, env: environment } = process;
  // Whoever reads a pipe may stop at any time: what is said after that is lost, and nothing else.
  for (const stream of [stdout, stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  return {
    print: (line) => void stdout.write(`${line}\n`),
    say: (line) => void stderr.write(`${line}\n`),
    readStandardInput: async () => decodeText(await buffer(stdin)),
    hasColours: stdout.isTTY && stdout.hasColors(environment),
    columns: stdout.isTTY ? stdout.columns : Infinity,
    isInteractive: stdin.isTTY && stderr.isTTY,
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return (await lines.question(question)).trim();
      } catch {
        return ""; // Ctrl-C, or the end of the input
      } finally {
        lines.close();
      }
    },
    environment,
    clock: systemClock,
  };
}

/** The text of a file; for `-`, what is piped in. */
export async function textOf(file: string, terminal: Terminal): Promise<string> {
  return file === "-" ? terminal.readStandardInput() : decodeText(await readFile(file));
}

/** Text as it is written to a file: UTF-8, or UTF-16 by PowerShell. A byte order mark tells, and is left out. */
function decodeText(bytes: Uint8Array): string {
  const mark = Buffer.from(bytes.subarray(0, 2)).toString("hex");
  const encoding = { fffe: "utf-16le", feff: "utf-16be" }[mark] ?? "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}
