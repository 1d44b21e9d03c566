/** One thing that `doctor` looks at: a line for people, an object for programs. */
import { isVultrError } from "../../vultr/errors";
import { oneLine } from "../../vultr/redact";

export interface Check {
  /** A stable name for programs, such as `key.authenticates`. */
  check: string;
  status: "ok" | "warning" | "failed" | "skipped";
  /** What was found, in one line. */
  text: string;
  /** What to do, after a warning or a failure. */
  advice?: string;
}

/** A group of checks, in order; what it found out for those after it is what it returns. */
export type Checks<Found = void> = AsyncGenerator<Check, Found>;

export const ok = (check: string, text: string): Check => ({ check, status: "ok", text });

export const skipped = (check: string, text: string): Check => ({ check, status: "skipped", text });

export const warning = (check: string, text: string, advice: string): Check => {
  return { check, status: "warning", text, advice };
};

export const failed = (check: string, text: string, advice: string): Check => {
  return { check, status: "failed", text, advice };
};

/** A failure in the words of an error of ours; any other error is thrown on. */
export function failedBy(check: string, error: unknown): Check {
  if (!isVultrError(error)) throw error;
  return failed(check, error.message, error.hint);
}

const colours = { ok: 32, warning: 33, failed: 31, skipped: 2 };

/** The line, and beneath it what to do. Text from elsewhere steers no terminal and forges no line. */
export function lineOf({ status, text, advice }: Check, isColoured: boolean): string {
  const word = status.padEnd(9);
  const shown = isColoured ? `\u001b[${colours[status]}m${word}\u001b[0m` : word;
  const next = advice === undefined ? "" : `\n${" ".repeat(word.length)}${oneLine(advice)}`;
  return shown + oneLine(text) + next;
}
