/** What every subcommand is, and how it ends. */
import { parseArgs, type ParseArgsConfig } from "node:util";

import { redact } from "../vultr/redact";
import type { Reader } from "../words";
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
  /** Whose words it speaks in. @default those of a command without a stack */
  reader?: Reader;
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

/**
 * `parseArgs` of Node. An empty value is a mistake: a variable of a pipeline that is not set.
 *
 * @throws {UsageError} and what `parseArgs` throws
 */
export function parsedArgs<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  const parsed = parseArgs(config);
  for (const [name, value] of Object.entries<unknown>(parsed.values))
    if ([value].flat().some((each) => typeof each === "string" && each.trim() === ""))
      throw new UsageError(`--${name} is empty: is a variable not set?`);
  return parsed;
}

/** All commands share them: done; done, and there is something to act on; could not be done. */
export const exitCodes = { success: 0, findings: 1, failure: 2 } as const;

/**
 * A result for programs. Redacted text by text: in the finished JSON that could take away a quotation mark.
 * Characters that steer a terminal or turn the direction of text, or begin a command to a pipeline, are escaped, so
 * they are still there.
 */
export function asJson(value: unknown): string {
  const clean = (_: string, inner: unknown) => (typeof inner === "string" ? redact(inner) : inner);
  return JSON.stringify(value, clean, 2).replace(
    /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|##/gu,
    (character) => character.replace(/[^]/g, escaped),
  );
}

const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** The command was called in a way that it does not understand. The message says what to write instead. */
export class UsageError extends Error {
  override readonly name = "UsageError" as const;
}
