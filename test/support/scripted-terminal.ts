/** A terminal that a test scripts: what is piped in, what a person answers, and all that was shown. */
import type { Terminal } from "../../provider/command-line/terminal";
import { manualClock } from "./manual-clock";

export interface ScriptedTerminal extends Terminal {
  /** Lines on standard output, in order. */
  readonly printed: string[];
  /** Lines on standard error, in order. */
  readonly said: string[];
  /** Questions that were asked, in order. */
  readonly asked: string[];
}

export interface TerminalScript extends Partial<Pick<Terminal, "environment" | "clock">> {
  standardInput?: string;
  /** What a person types; without one nobody is there. */
  answer?: string;
}

export function scriptedTerminal(script: TerminalScript = {}): ScriptedTerminal {
  const { standardInput = "", answer, environment = {}, clock = manualClock() } = script;
  const printed: string[] = [];
  const said: string[] = [];
  const asked: string[] = [];
  return {
    printed,
    said,
    asked,
    print: (text) => printed.push(text),
    say: (text) => said.push(text),
    readStandardInput: () => Promise.resolve(standardInput),
    isInteractive: answer !== undefined,
    ask(question) {
      asked.push(question);
      return Promise.resolve(answer ?? "");
    },
    environment,
    clock,
  };
}
