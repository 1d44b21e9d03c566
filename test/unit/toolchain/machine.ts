/** A machine of a test's own: a folder with fake programs, and toolchain code that runs as it does for real. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

export const toolchainDir = path.resolve(__dirname, "../../toolchain");

/** A folder per test; gone when the test is over. */
export function temporaryDirectory() {
  const directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), "toolchain-test-")));
  return {
    path: (...parts: string[]) => path.join(directory, ...parts),

    /** Writes a shell script that others can start, and returns its path. */
    program(place: string, script: string): string {
      const file = path.join(directory, place);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, `#!/bin/sh\n${script}\n`);
      chmodSync(file, 0o755);
      return file;
    },

    [Symbol.dispose]() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/**
 * Starts an ES module in a process of its own. It can import the toolchain's files as
 * `toolchain/<file>`, and finds `given` under that name.
 */
export function startInNode(program: string, given?: unknown) {
  const withUrls = program.replaceAll('"toolchain/', `"${pathToFileURL(toolchainDir).href}/`);
  const module = `const [given] = ${JSON.stringify([given])};\n${withUrls}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", module], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]).then(
    ([, stdout, stderr]) => ({ code: child.exitCode, stdout, stderr }),
  );
  return { child, ended };
}

/** What a program prints as JSON on stdout. */
export async function answerOf<T>(program: string, given?: unknown): Promise<T> {
  const { code, stdout, stderr } = await startInNode(program, given).ended;
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}
