/** Start-up, state and size: what is the same for every run. */
import { medianOf } from "./median";
import type { Results } from "./results";
import { kilobytes, table } from "./table";

export function smallFiguresSection({ starts, lives, packageSize }: Results): string {
  const ms = (of: (start: Results["starts"][number]) => number) =>
    `${(medianOf(starts.map(of)) ?? NaN).toFixed(1)} ms`;
  const subjects = [
    ["ours", "this package"],
    ["floor", "no-op provider"],
    ["textbook", "textbook"],
  ] as const;
  const state = subjects.flatMap(([subject, title]) => {
    const sizes = lives.filter((life) => life.subject === subject).map((life) => life.state);
    const all = medianOf(sizes.map((size) => size?.bytesPerKey));
    const callStack = medianOf(sizes.map((size) => size?.callStackBytes));
    if (all === undefined || callStack === undefined) return [];
    return [[title, ...[all, callStack, all - callStack].map(kilobytes)]];
  });
  const installed = Object.entries(packageSize.installedBytes);
  const total = installed.reduce((sum, [, bytes]) => sum + bytes, 0);
  return `## Start, state and size

Loading \`./provider\` and answering the first check, median of ${starts.length} fresh processes each, in turn: ${ms(({ oursMs }) => oursMs)}, of which the no-op provider takes ${ms(({ floorMs }) => floorMs)}. Neither the HTTP client nor zod is loaded by then.

State of one key, in KB of compact JSON. Of every resource, whoever makes it, Pulumi's SDK records the whole call stack of its declaration, which no option turns off.

${table(["KB a key", "all", "call stack", "the rest"], state)}

The tarball has ${kilobytes(packageSize.tarballBytes)} KB. Installed, in KB:

${table(["package", "KB"], [...installed.map(([name, bytes]) => [name, kilobytes(bytes)]), ["together", kilobytes(total)]])}`;
}
