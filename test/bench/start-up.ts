/** How long a fresh process takes to load a provider and to answer its first check. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

import { installedPackage } from "../support/installed-package";
import { runCommand } from "../support/run-command";
import { installFloorProvider } from "./subject";

/** Two processes, one after the other. Milliseconds from `require` to the answer. */
export interface Start {
  oursMs: number;
  floorMs: number;
}

const script = join(__dirname, "programs", "first-check.js");

export async function measureStarts(count: number): Promise<Start[]> {
  const programs = join(await installedPackage(), "programs");
  await mkdir(programs, { recursive: true });
  const folder = await mkdtemp(join(programs, "bench-start-"));
  try {
    await installFloorProvider(folder);
    const starts: Start[] = [];
    for (let at = 0; at < count; at += 1) {
      const oursMs = await firstCheckMs(folder, "pulumi-vultr-user-api-key/provider");
      const floorMs = await firstCheckMs(folder, "bench-floor-without-work/provider");
      starts.push({ oursMs, floorMs });
    }
    return starts;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function firstCheckMs(folder: string, provider: string): Promise<number> {
  const options = { cwd: folder, env: {} };
  const { code, stdout, output } = await runCommand(process.execPath, [script, provider], options);
  if (code !== 0) throw new Error(`${provider} could not be loaded:\n${output}`);
  return Number(stdout);
}
