/**
 * The peak memory of the process that runs a stack's dynamic provider: `VmHWM` of Linux, which only
 * ever grows, read until the process is gone. Other systems do not tell it of a foreign process.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface ProviderWatch {
  /** Ends the watch. The peak in bytes; undefined where no provider ran or the system does not tell. */
  stop(): number | undefined;
}

/** Between two looks. What the process takes within its last such interval is not seen. */
const intervalMs = 50;

/** @param folder the program's folder, in which its provider runs */
export function watchProvider(folder: string): ProviderWatch {
  let pid: string | undefined;
  let peakBytes: number | undefined;
  const timer = setInterval(() => {
    pid ??= providerIn(folder);
    if (pid !== undefined) peakBytes = peakOf(pid) ?? peakBytes;
  }, intervalMs);
  return {
    stop() {
      clearInterval(timer);
      return peakBytes;
    },
  };
}

function providerIn(folder: string): string | undefined {
  const pids = process.platform === "linux" ? readdirSync("/proc") : [];
  return pids.find((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const program = valueOrNothing(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.split("\0");
    if (program?.[1]?.includes("/@pulumi/pulumi/cmd/dynamic-provider") !== true) return false;
    return valueOrNothing(() => readlinkSync(`/proc/${pid}/cwd`)) === folder;
  });
}

function peakOf(pid: string): number | undefined {
  const status = valueOrNothing(() => readFileSync(`/proc/${pid}/status`, "utf8"));
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status ?? "") ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
}

/** A process may end between two looks: then there is nothing to read. */
function valueOrNothing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
