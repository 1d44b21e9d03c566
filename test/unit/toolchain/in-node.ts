/** Runs toolchain code as it runs for real: as an ES module, in a process with its own environment. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import path from "node:path";

export const toolchainDir = path.resolve(__dirname, "../../toolchain");

interface Ending {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts a program that can import the toolchain's files as `toolchain/<file>`. */
export function startInNode(program: string) {
  const withUrls = program.replaceAll('"toolchain/', `"${pathToFileURL(toolchainDir).href}/`);
  const child = spawn(process.execPath, ["--input-type=module", "--eval", withUrls], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended: Promise<Ending> = Promise.all([
    once(child, "close"),
    text(child.stdout),
    text(child.stderr),
  ]).then(([, stdout, stderr]) => ({ code: child.exitCode, stdout, stderr }));
  return { child, ended };
}

/** What a program prints as JSON on stdout. */
export async function answerOf(program: string): Promise<unknown> {
  const { code, stdout, stderr } = await startInNode(program).ended;
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
