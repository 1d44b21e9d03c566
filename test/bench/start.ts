/** How long a provider's process takes until the engine can call it: until it has printed its port. */
import { join } from "node:path";

import { installedPackage } from "../support/installed-package";
import { runCommand } from "../support/run-command";
import { median } from "./floors";

/** Both processes, one after the other. */
export interface Start {
  pluginMs: number;
  /** Of the process in which Pulumi's SDK runs every dynamic provider, which has loaded none yet. */
  dynamicMs: number;
}

/** The plugin starts in at most so much of the other's time. */
const mostOfDynamic = 0.5;

export async function timeStarts(repetitions: number): Promise<Start[]> {
  const modules = join(await installedPackage(), "node_modules");
  const plugin = join(modules, "pulumi-vultr-user-api-key", "dist", "doors", "plugin", "main.js");
  const dynamic = join(modules, "@pulumi", "pulumi", "cmd", "dynamic-provider");
  const starts: Start[] = [];
  for (let turn = 0; turn < repetitions; turn += 1)
    starts.push({ pluginMs: await untilPort(plugin), dynamicMs: await untilPort(dynamic) });
  return starts;
}

/** In milliseconds. @throws {Error} it printed no port */
async function untilPort(file: string): Promise<number> {
  const engineAddress = "127.0.0.1:1"; // nobody is called before a key is made
  const startedMs = performance.now();
  let tookMs = NaN;
  const { stdout, output } = await runCommand(process.execPath, [file, engineAddress], {
    cwd: __dirname,
    env: process.env,
    onStart: (child) =>
      child.stdout?.once("data", () => {
        tookMs = performance.now() - startedMs;
        child.kill();
      }),
  });
  if (!/^\d+\n/.test(stdout)) throw new Error(`${file} printed no port:\n${output}`);
  return tookMs;
}

/** Medians, and the goal held against the median of the ratios. */
export function startsInWords(starts: readonly Start[]): string {
  const ratio = median(starts.map(({ pluginMs, dynamicMs }) => pluginMs / dynamicMs));
  if (ratio === undefined) return "Not measured.";
  const ms = (of: (start: Start) => number) => `${(median(starts.map(of)) ?? NaN).toFixed(0)} ms`;
  const verdict = ratio <= mostOfDynamic ? "met" : "missed";
  return (
    `The plugin has printed its port after ${ms(({ pluginMs }) => pluginMs)}, the process of dynamic providers after ` +
    `${ms(({ dynamicMs }) => dynamicMs)}: ${ratio.toFixed(2)} of its time, of ${starts.length} pairs. Goal: ≤ ${mostOfDynamic}. **${verdict}**`
  );
}
