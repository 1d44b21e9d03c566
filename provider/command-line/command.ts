/** What every subcommand is, and how it ends. */
import { redact } from "../vultr/redact";
import type { Terminal } from "./terminal";

export interface Command {
  /** One line, for the list of commands. */
  summary: string;
  /** What `--help` prints: usage, options, exit codes. */
  help: string;
  /**
   * @param args what stands behind the command's name
   * @returns the exit code
   * @throws {UsageError} the args are not as `help` says
   * @throws {VultrError} it could not be done; the message says why and what to do next
   */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
  /** Errors name settings of a stack's configuration: names what this command takes instead. */
  rewordError?(text: string): string;
}

/** An option of `parseArgs`, and what `--help` says of it. */
interface DescribedOption {
  /** What stands behind its name, such as ` <name>`. */
  takes: string;
  does: string;
  default?: unknown;
}

/** Forms of options, for a command's table of them. */
export const text = { type: "string" } as const;
export const texts = { ...text, multiple: true, default: [] as string[] } as const;
export const flag = { type: "boolean", default: false, takes: "" } as const;

export function optionLines(options: Record<string, DescribedOption>): string {
  const lines = Object.entries(options).map(([name, { takes, does, default: preset }]) => {
    const more = typeof preset === "string" ? ` (default ${preset})` : "";
    return `  ${`--${name}${takes}`.padEnd(29)}${does}${more}`;
  });
  return lines.join("\n");
}

/** All commands share them: done; done, and there is something to act on; could not be done. */
export const exitCodes = { success: 0, findings: 1, failure: 2 } as const;

/** A result for programs. Redacted text by text: in the finished JSON that could take away a quotation mark. */
export function asJson(value: unknown): string {
  const clean = (_: string, inner: unknown) => (typeof inner === "string" ? redact(inner) : inner);
  return JSON.stringify(value, clean, 2);
}

/** The command was called in a way that it does not understand. The message says what to write instead. */
export class UsageError extends Error {
  override readonly name = "UsageError" as const;
}
