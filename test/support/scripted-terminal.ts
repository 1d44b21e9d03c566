/** A terminal for commands that are run in the test's own process. */
import type { Terminal } from "../../provider/command-line/terminal";
import { manualClock } from "./manual-clock";

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

export function scriptedTerminal(script: TerminalScript = {}) {
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
    /** What went to standard output, a call each. */
    printed,
    /** What went to standard error, a call each. */
    said,
    /** What was asked. */
    asked,
    hasColours,
    columns,
    isInteractive: answers.length > 0,
    environment,
    clock,
    print: (text: string) => void printed.push(text),
    say: (text: string) => void said.push(text),
    readStandardInput: () => Promise.resolve(standardInput),
    ask(question: string) {
      asked.push(question);
      const answer = answers.shift();
      if (answer === undefined) throw new Error(`nobody answers: ${question}`);
      return Promise.resolve(answer);
    },
  };
}
