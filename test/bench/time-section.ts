/** Where the time goes, and what stands between the figures and the goals that they miss. */
import type { Figure } from "./figures";
import { ratio, seconds, table } from "./table";
import { describeWorkload } from "./workload";

export function timeSection(figures: Figure[]): string {
  return `## Where the time goes

Of runs that ask Vultr, in seconds from the start of the command. Before its first request the engine has started itself, the program and the provider, and registered resources; nothing can be asked earlier. The next column is the time in which requests go out, and beside it what the API floor grants them. The *limit* is what no provider can beat: the engine's floor, or the time before the first request and the API floor after it, whichever is longer.

${phasesTable(figures)}

## What stands between

Profiles of Node's own profiler, once on 2 cores; what they show hardly depends on the machine.

- **Create and rotate** are a few percent above the limit. Against the larger floor they look worse, because the two floors come one after the other: the engine is not busy with other things while the first key waits, it has not asked for one yet.
- **Destroy** of many users' keys waits for lists. Each deletion is seen gone in one that began after it; the engine has eight deletions under way on two cores, of as many users, so few can share. With \`--parallel 64\` more can, as the rotations below show.
- **Preview, no-op up.** Of the processor time that a program of 300 keys takes, about half captures call stacks: Pulumi's SDK keeps four promises for each property of a resource, a stack for each, and rewrites every frame of it by source maps. This package declares its outputs, the args that are given and two more. The provider process answers a check and a diff in less than a millisecond each.
- **Refresh** loads the HTTP client and the schemas once, which takes 0.2 s, and lists of ten users at 30 a second take 0.3 s.
- **Memory**: the HTTP client takes 29 MB, the schemas 13 MB.`;
}

function phasesTable(figures: Figure[]): string {
  const asking = figures.filter(
    ({ subject, requests, workload }) => subject === "ours" && requests > 0 && workload.keys > 1,
  );
  const rows = asking.map((figure) => {
    const { firstRequestMs: first = 0, lastRequestMs: last = 0, wallMs, engineFloorMs } = figure;
    const limitMs = engineFloorMs && Math.max(engineFloorMs, first + figure.apiFloorMs);
    return [
      figure.operation,
      describeWorkload(figure.workload),
      seconds(first),
      seconds(last - first),
      seconds(figure.apiFloorMs),
      seconds(wallMs - last),
      seconds(wallMs),
      seconds(limitMs),
      ratio(limitMs && wallMs / limitMs),
    ];
  });
  const head = [
    ...["", "", "before the first", "while asking", "API floor", "after the last", "all"],
    ...["limit", "× limit"],
  ];
  return table(head, rows);
}
