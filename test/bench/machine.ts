/** The machine a report was made on, as far as it matters for the figures. No names. */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem, type } from "node:os";
import { join } from "node:path";

import { repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";

export interface Machine {
  system: string;
  processor: string;
  cores: number;
  memoryBytes: number;
  node: string;
  /** Version of the Pulumi CLI. */
  pulumi: string;
  /** Version of `@pulumi/pulumi`. */
  sdk: string;
  /** Processes that wanted to run in the minute before the run; more than none disturb it. */
  loadBefore: number;
}

export async function describeMachine(): Promise<Machine> {
  const { stdout } = await runCommand("pulumi", ["version"], {
    cwd: repositoryRoot,
    env: process.env,
  });
  const sdk = join(repositoryRoot, "node_modules", "@pulumi", "pulumi", "package.json");
  return {
    system: `${type()} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.version,
    pulumi: stdout.trim(),
    sdk: (JSON.parse(readFileSync(sdk, "utf8")) as { version: string }).version,
    loadBefore: loadavg()[0] ?? 0,
  };
}
