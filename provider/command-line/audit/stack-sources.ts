/** Where the states to compare with come from: files, standard input, or the Pulumi CLI. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

import { UsageError } from "../command";
import type { Terminal } from "../terminal";
import { parseStackExport, type StackState, standardInputName } from "./stack-state";

const largestExportBytes = 1024 * 1024 * 1024;

/** @throws {UsageError} a file cannot be read, or is no export */
export async function readStackExports(
  files: readonly string[],
  terminal: Terminal,
): Promise<StackState[]> {
  const states: StackState[] = [];
  for (const file of files) {
    const isPiped = file === "-";
    const text = isPiped ? await terminal.readStandardInput() : await textOf(file);
    states.push(parseStackExport(text, isPiped ? standardInputName : file));
  }
  return states;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new UsageError(`the stack export ${file} cannot be read (${code})`);
  }
}

/**
 * The stack's state as it is now, by `pulumi stack export` in the current folder. Needs neither the
 * stack's passphrase nor its program. It is fresh for keys that were listed before.
 *
 * @throws {UsageError} the CLI is missing, or does not know the stack
 */
export async function exportStack(stack: string, terminal: Terminal): Promise<StackState> {
  const args = ["stack", "export", "--stack", stack, "--non-interactive"];
  try {
    const { stdout } = await promisify(execFile)("pulumi", args, {
      env: terminal.environment,
      maxBuffer: largestExportBytes,
    });
    return parseStackExport(stdout, `stack ${stack}`, true);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`\`pulumi ${args.slice(0, 4).join(" ")}\` failed: ${complaintOf(error)}`);
  }
}

function complaintOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ENOENT") return "there is no pulumi on PATH";
  const stderr = "stderr" in error ? String(error.stderr).trim() : "";
  return stderr === "" ? error.message : stderr.replace(/^error: /, "");
}
