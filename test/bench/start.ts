/** How long a provider's process takes until the engine can call it: until it has printed its port. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { installedPackage } from "../support/installed-package";
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

/** In milliseconds. @throws {Error} it ended without a port */
async function untilPort(file: string): Promise<number> {
  const startedMs = performance.now();
  const engineAddress = "127.0.0.1:1"; // nobody is called before a key is made
  const child = spawn(process.execPath, [file, engineAddress], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const [printed] = (await Promise.race([once(child.stdout, "data"), exited])) as [unknown];
  const tookMs = performance.now() - startedMs;
  child.kill();
  await exited;
  if (!/^\d+\n/.test(String(printed))) throw new Error(`${file} printed no port`);
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
