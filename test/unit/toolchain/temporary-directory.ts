/** A folder per test, with fake programs in it; gone when the test is over. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

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
