/** One thing that `doctor` looks at: a line for people, an object for programs. */
import { styleText } from "node:util";

import { isVultrError } from "../../vultr/errors";
import { oneLine } from "../../vultr/redact";
import { inWordsOf, type Reader } from "../../words";

export interface Check {
  /** A stable name for programs, such as `key.authenticates`. */
  check: string;
  status: "ok" | "warning" | "failed" | "skipped";
  /** What was found, in one line. */
  text: string;
  /** What to do, after a warning or a failure. */
  advice?: string | undefined;
}

/** A group of checks, in order; it returns what it found out for those after it. */
export type Checks<Found = void> = AsyncGenerator<Check, Found>;

/** Makes the results of one check; `what` begins their texts. */
export function named(check: string, what?: string) {
  const result =
    (status: Check["status"]) =>
    (text: string, advice?: string): Check => {
      return { check, status, text: what === undefined ? text : `${what}: ${text}`, advice };
    };
  const failed = result("failed");
  /** A failure in the words of an error of ours; any other error is thrown on. */
  const failedBy = (error: unknown): Check => {
    if (!isVultrError(error)) throw error;
    return failed(error.message, error.hint);
  };
  const attempt = (look: () => Promise<Check>) => look().catch(failedBy);
  const [ok, skipped, warning] = [result("ok"), result("skipped"), result("warning")];
  return { ok, skipped, warning, failed, failedBy, attempt };
}

/** The checks, in the words of their reader. */
export async function* inWords(reader: Reader, checks: Checks): Checks {
  const worded = (text: string) => inWordsOf(reader, text);
  for await (const { advice, ...check } of checks)
    yield { ...check, text: worded(check.text), advice: advice && worded(advice) };
}

const colours = { ok: "green", warning: "yellow", failed: "red", skipped: "dim" } as const;

/** The line, and beneath it what to do. */
export function lineOf({ status, text, advice }: Check, isColoured: boolean): string {
  const word = status.padEnd(9);
  const shown = isColoured ? styleText(colours[status], word, { validateStream: false }) : word;
  const next = advice === undefined ? "" : `\n${" ".repeat(word.length)}${oneLine(advice)}`;
  return shown + oneLine(text) + next;
}
