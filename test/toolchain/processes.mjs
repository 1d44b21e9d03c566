/** Starts other programs so that a signal, a time limit or a failure leaves none of them behind. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";

const orphanCheckIntervalMs = 1_000;
const killAfterMs = 3_000;
/** Those that run, and the signal that we were told to end by. */
const running = new Set();
let stopSignal;

/** From now on signals end the running programs first, and then this process. */
export function passSignalsOn() {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  // npm passes signals to its shell only, which does not pass them on to us.
  const startedByNpm = process.env.npm_lifecycle_event !== undefined;
  const parent = process.ppid;
  setInterval(() => {
    if (startedByNpm && !stopSignal && process.ppid !== parent) stop("SIGTERM");
  }, orphanCheckIntervalMs).unref();
}

function stop(signal) {
  if (running.size === 0) process.exit(exitCodeOf(null, signal));
  stopSignal = signal;
  // A terminal has already interrupted the whole process group; twice means "at once" to many.
  const alreadyDelivered = signal === "SIGINT" && process.stdin.isTTY;
  for (const { kill, isQuiet } of running) {
    if (isQuiet || !alreadyDelivered) kill(signal);
    // Set-up programs have nothing to tidy that the next run would not; npm finishes its work first.
    if (isQuiet) setTimeout(kill, killAfterMs, "SIGKILL");
  }
}

function exitCodeOf(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

/**
 * Starts a program and keeps it among those that receive our signals until it has ended.
 *
 * @param isQuiet it leads a process group of its own, all of which gets the signals
 */
function start(command, commandArguments, options, isQuiet) {
  const child = spawn(command, commandArguments, { ...options, detached: isQuiet });
  const kill = (signal) => {
    try {
      process.kill(isQuiet ? -child.pid : child.pid, signal);
    } catch {
      // It has ended by itself.
    }
  };
  const entry = { kill, isQuiet };
  running.add(entry);
  const ended = new Promise((resolve, reject) => {
    child.once("error", (error) => {
      running.delete(entry);
      reject(new Error(`${command} could not be started (${error.code})`));
    });
    child.once("close", (code, signal) => {
      running.delete(entry);
      // We were asked to stop: no step may follow.
      if (stopSignal)
        process.exit(isQuiet ? exitCodeOf(null, stopSignal) : exitCodeOf(code, signal));
      resolve({ code, signal });
    });
  });
  return { child, kill, ended };
}

/**
 * Runs a program in this terminal.
 *
 * @returns {Promise<number>} its exit code
 */
export async function runInTerminal(command, commandArguments, options = {}) {
  const { ended } = start(command, commandArguments, { ...options, stdio: "inherit" }, false);
  const { code, signal } = await ended;
  return exitCodeOf(code, signal);
}

/**
 * Runs a program out of sight: when its time is over, or when we are stopped, the programs that it
 * started end with it.
 *
 * @param {{ cwd?: string, env?: object, timeoutMs?: number, isProgress?: (line: string) => boolean }} options
 *   `isProgress` hears of each line when it is printed, and says whether it is of no use later
 * @returns {Promise<string>} what it printed
 * @throws {Error} with what it printed: any exit code but 0, or no time left
 */
export async function runQuietly(command, commandArguments, options = {}) {
  const { timeoutMs, isProgress = () => false, ...others } = options;
  const stdio = ["ignore", "pipe", "pipe"];
  const { child, kill, ended } = start(command, commandArguments, { ...others, stdio }, true);
  const printed = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      if (!isProgress(line)) printed.push(line);
    });
  }
  let isTooLate = false;
  const giveUp = () => {
    isTooLate = true;
    kill("SIGKILL");
  };
  const timer = timeoutMs && setTimeout(giveUp, timeoutMs);
  const { code, signal } = await ended.finally(() => clearTimeout(timer));
  const output = printed.join("\n");
  if (code === 0 && !isTooLate) return output;
  const ending = isTooLate ? `took over ${timeoutMs} ms` : `ended with ${signal ?? code}`;
  throw new Error(`${command} ${ending}${output ? `:\n${output}` : ""}`);
}
