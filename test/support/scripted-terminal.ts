/** A terminal for commands that are run in the test's own process. */
import type { Terminal } from "../../provider/command-line/terminal";
import { manualClock } from "./manual-clock";

export interface ScriptedTerminal extends Terminal {
  /** What went to standard output, a call each. */
  readonly printed: readonly string[];
  /** What went to standard error, a call each. */
  readonly said: readonly string[];
  /** What was asked. */
  readonly asked: readonly string[];
}

export interface TerminalScript {
  /** What is piped in. @default nothing */
  standardInput?: string;
  /** What the person answers, in turn; there is a person where there is an answer. */
  answers?: string[];
  environment?: NodeJS.ProcessEnv;
  /** @default false */
  hasColours?: boolean;
  /** @default as many as a pipe takes */
  columns?: number;
  clock?: Terminal["clock"];
}

export function scriptedTerminal(script: TerminalScript = {}): ScriptedTerminal {
  const {
    standardInput = "",
    answers = [],
    environment = {},
    hasColours = false,
    columns = Infinity,
    clock = manualClock(),
  } = script;
  const printed: string[] = [];
  const said: string[] = [];
  const asked: string[] = [];
  return {
    printed,
    said,
    asked,
    hasColours,
    columns,
    isInteractive: answers.length > 0,
    environment,
    clock,
    print: (text) => void printed.push(text),
    say: (text) => void said.push(text),
    readStandardInput: () => Promise.resolve(standardInput),
    ask(question) {
      asked.push(question);
      const answer = answers.shift();
      if (answer === undefined) throw new Error(`nobody answers: ${question}`);
      return Promise.resolve(answer);
    },
  };
}
