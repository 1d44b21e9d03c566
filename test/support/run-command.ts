/** Runs a command to its end and keeps what it printed. Never through a shell. */
import { spawn, type ChildProcess } from "node:child_process";

export interface CommandResult {
  /** Exit code; null where a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Both, in the order they came. */
  output: string;
}

export interface CommandOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Sees the process as soon as it runs, for tests that interrupt it. */
  onStart?: (child: ChildProcess) => void;
  /** Sees each piece of output as it comes. */
  onOutput?: (text: string) => void;
  /** The command leads a process group of its own, so that all of it can be ended by one id. */
  ownGroup?: boolean;
  /**
   * Milliseconds until the command is ended and the call fails. Ends what hangs, and shows what it has
   * printed: shorter than the limit of a test, and many times what a command takes. @default 300000
   */
  timeoutMs?: number;
}

export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { cwd, env, onStart, onOutput, ownGroup = false, timeoutMs = 300_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: ownGroup,
    });
    const result: CommandResult = { code: null, stdout: "", stderr: "", output: "" };
    const collect = (stream: "stdout" | "stderr") => (piece: Buffer) => {
      const text = piece.toString("utf8");
      result[stream] += text;
      result.output += text;
      onOutput?.(text);
    };
    child.stdout.on("data", collect("stdout"));
    child.stderr.on("data", collect("stderr"));
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`${command} ${args.join(" ")} did not end:\n${result.output}`));
    }, timeoutMs);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ ...result, code });
    });
    onStart?.(child);
  });
}
