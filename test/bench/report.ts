/** The report: what a run measured, in Markdown, from the goals down to the details. */
import { type Figure, figuresOf, median } from "./floors";
import { goalsOf } from "./goals";
import type { FaultyLife, Results } from "./measure";
import { describeWorkload } from "./stack";

const titles = { ours: "this package", floor: "no-op provider", textbook: "textbook" };

export function reportOf(results: Results): string {
  const isFull = results.plan === "full";
  const all = figuresOf(results.samples);
  const figures = all.filter(({ subject, flags }) => subject !== "floor" && flags.length === 0);
  const sizes = [...new Set(figures.map(({ keys }) => keys))].sort((a, b) => a - b);
  return `# Benchmark

Made by \`npm run bench${isFull ? "" : " -- --quick"}\` in ${results.tookMinutes.toFixed(0)} minutes. Do not edit: run it again.

${isFull ? "" : "**A quick run: fewer sizes and repetitions than the goals ask for.**"}

![Seconds against keys, for each operation, beside the floors](plot.svg)

${method(results)}

## Goals

${goalsTable(results)}

## Time

Medians, in seconds. Ratios are medians of the ratios of each repetition.

${sizes.map((keys) => timeTable(keys, figures)).join("\n\n")}

## Where the time goes

Of runs that ask Vultr, in seconds from the start of the command. Before its first request the engine has started itself, the program and the provider, and registered resources; nothing can be asked earlier. The next column is the time in which requests go out, and beside it what the API floor grants them. The *limit* is what no provider can beat: the engine's floor, or the time before the first request and the API floor after it, whichever is longer.

${phasesTable(figures)}

## What stands between

Profiles of Node's own profiler, once on 2 cores; what they show hardly depends on the machine.

- **Create and rotate** are a few percent above the limit. Against the larger floor they look worse, because the two floors come one after the other: the engine is not busy with other things while the first key waits, it has not asked for one yet.
- **Destroy** of many users' keys waits for lists. Each deletion is seen gone in one that began after it; the engine has eight deletions under way on two cores, of as many users, so few can share. With \`--parallel 64\` more can, as the rotations below show.
- **Preview, no-op up.** Of the processor time that a program of 300 keys takes, about half captures call stacks: Pulumi's SDK keeps four promises for each property of a resource, a stack for each, and rewrites every frame of it by source maps. This package declares its outputs, the args that are given and two more. The provider process answers a check and a diff in less than a millisecond each.
- **Refresh** loads the HTTP client and the schemas once, which takes 0.2 s, and lists of ten users at 30 a second take 0.3 s.
- **Memory**: the HTTP client takes 29 MB, the schemas 13 MB.

## Requests of a rotation

A rotation makes, proves and revokes each key, which takes three requests, and sees it gone, which takes a share of a list. Revocations of one user share a list where they are under way at the same time. The engine runs four for each core at a time, unless \`--parallel\` says otherwise, in an order of its own: of eight keys of ten users, hardly two belong to one.

${rotationsTable(all)}

## With 1% faults

Create and rotate while one request in a hundred goes wrong, decided by a seed and the same for all: status 500 before the work, a 504 page after it, a connection cut before or after it, an answer cut short. A failed \`pulumi up\` is run again, three times at most. Afterwards Vultr's keys are held against the state. Time is the median, everything else the sum of all repetitions. An *unknown live key* was made twice or never deleted: nobody has its plaintext, and nobody will revoke it.

${faultsTable(results.faults)}

## Memory

Peak resident memory of the provider process, in MB, as far as the system tells it.

${memoryTable(figures)}

${smallFigures(results)}`;
}

function method({ machine }: Results): string {
  return `## How

- **Machine**: ${machine.hardware}, ${machine.software}; state in files. ${machine.loadBefore.toFixed(1)} processes wanted to run in the minute before: anything near none is quiet.
- **This package** is installed from its tarball. Vultr is the repository's emulator on loopback, which allows 30 requests a second and answers within milliseconds, so that nothing but requests counts. Keys are dealt to users in turn.
- **Engine floor**: the same program with a provider that does nothing. As many resources, through the same plugin of Pulumi, with args and outputs of the same names and lengths, loaded by a text of the same kind; its provider answers every call at once. It is a lower floor than a \`pulumi.dynamic.Resource\` without work, whose program loads a compiler to turn the provider into text and whose state holds that text twice.
- **API floor**: the fewest requests with which every promise can be kept, ÷ 30 a second. A key takes a POST to make, a GET to prove, a DELETE to revoke; a user takes one list in each run.
- **Textbook**: [a dynamic provider as Pulumi's documentation shows one](../programs/textbook.js): a closure, \`fetch\`, no limiter, five attempts after any error. It proves nothing and looks for nothing.
- Contestants take turns at each step of a life: create, no-op up, preview of a rotation, rotate, refresh, destroy. Times are of the whole command, \`--skip-preview\` where it changes something. A ratio is that of two runs of the same turn. What takes minutes and is no goal's runs once; \`runs\` says how often each did.`;
}

function goalsTable(results: Results): string {
  const rows = goalsOf(results).map(([figure, goal, measured]) => {
    const missed = measured.filter(({ isMet }) => !isMet);
    const shown = missed.length > 0 ? missed : measured.slice(0, 1);
    const verdict = measured.length === 0 ? "not measured" : missed.length === 0 ? "met" : "missed";
    const lines = shown.map(({ what, value, isMet, beyond }) =>
      isMet ? `${what}: ${value}` : `${what}: ${value}, ${(beyond * 100).toFixed(0)}% beyond`,
    );
    return [figure, goal, `**${verdict}**`, lines.join("<br>") || "–"];
  });
  return table(["Figure", "Goal", "", "Farthest from it, or every miss"], rows);
}

function timeTable(keys: number, figures: Figure[]): string {
  const head = [
    ...["", "", "users", "runs", "time", "engine floor", "× engine", "API floor", "× larger"],
    ...["requests", "needed", "429"],
  ];
  const rows = figures
    .filter((figure) => figure.keys === keys)
    .map((figure) => [
      ...[figure.operation, titles[figure.subject]],
      ...[figure.users, figure.runs].map(String),
      ...[seconds(figure.wallMs), seconds(figure.engineFloorMs), ratio(figure.overEngineFloor)],
      ...[seconds(figure.apiFloorMs), ratio(figure.overLargerFloor)],
      ...[figure.requests, figure.requestsNeeded, figure.throttled].map(String),
    ]);
  return `### ${keys.toLocaleString("en")} ${keys === 1 ? "key" : "keys"}\n\n${table(head, rows)}`;
}

/** The floors of engine and API come one after the other: both together are the limit. */
export function phasesTable(figures: Figure[]): string {
  const head = [
    ...["", "", "before the first", "while asking", "API floor", "after the last", "all"],
    ...["limit", "× limit"],
  ];
  const rows = figures
    .filter((each) => each.subject === "ours" && each.requests > 0 && each.keys > 1)
    .map((figure) => {
      const { wallMs, apiFloorMs, engineFloorMs } = figure;
      const { firstRequestMs: first = 0, lastRequestMs: last = 0 } = figure;
      const limitMs = engineFloorMs && Math.max(engineFloorMs, first + apiFloorMs);
      return [
        ...[figure.operation, describeWorkload(figure)],
        ...[first, last - first, apiFloorMs, wallMs - last, wallMs, limitMs].map(seconds),
        ratio(limitMs && wallMs / limitMs),
      ];
    });
  return table(head, rows);
}

function rotationsTable(figures: Figure[]): string {
  const rows = figures
    .filter(({ operation, flags }) => operation === "rotate" && flags.length > 0)
    .map((figure) => [
      ...[describeWorkload(figure), `\`${figure.flags.join(" ")}\``],
      ...[(figure.requests / figure.keys).toFixed(2), seconds(figure.wallMs)],
    ]);
  return rows.length === 0 ? "" : table(["once each", "", "requests a rotation", "time"], rows);
}

function faultsTable(faults: FaultyLife[]): string {
  const head = [
    ...["", "", "time", "429", "faults", "failed runs", "unknown live keys"],
    ...["dead keys in use", "stuck deletions"],
  ];
  const subjects = [...new Set(faults.map(({ subject }) => subject))];
  const rows = subjects.map((subject) => {
    const lives = faults.filter((each) => each.subject === subject);
    const sum = (of: Exclude<keyof FaultyLife, "subject">) =>
      String(lives.reduce((total, life) => total + life[of], 0));
    const workload = lives.map(describeWorkload)[0] ?? "";
    return [
      titles[subject],
      `${workload}, ${lives.length === 1 ? "once" : `${lives.length} times`}`,
      seconds(median(lives.map(({ wallMs }) => wallMs))),
      ...[sum("throttled"), sum("faults"), `${sum("failedRuns")} of ${sum("runs")}`],
      ...[sum("unknownKeys"), sum("deadKeys"), sum("pendingDeletions")],
    ];
  });
  return table(head, rows);
}

function memoryTable(figures: Figure[]): string {
  const rows = figures
    .filter(({ providerPeakBytes }) => providerPeakBytes)
    .map((figure) => [
      ...[figure.operation, titles[figure.subject], describeWorkload(figure)],
      ...[megabytes(figure.providerPeakBytes), megabytes(figure.providerExtraBytes)],
    ]);
  const head = ["", "", "", "peak", "over the no-op provider"];
  return rows.length === 0 ? "Not available on this system." : table(head, rows);
}

function smallFigures({ starts, states, packageSize }: Results): string {
  const ms = (of: (start: Results["starts"][number]) => number) =>
    `${median(starts.map(of))?.toFixed(1) ?? "–"} ms`;
  const state = Object.entries(titles).flatMap(([subject, title]) => {
    const sizes = states.filter((each) => each.subject === subject);
    const all = median(sizes.map(({ bytesPerKey }) => bytesPerKey));
    const callStack = median(sizes.map(({ callStackBytes }) => callStackBytes));
    if (all === undefined || callStack === undefined) return [];
    return [[title, ...[all, callStack, all - callStack].map(kilobytes)]];
  });
  const { installedBytes, tarballBytes } = packageSize;
  const together = Object.values(installedBytes).reduce((sum, bytes) => sum + bytes, 0);
  const sizes = Object.entries({ ...installedBytes, together });
  return `## Start, state and size

Loading \`./provider\` and answering the first check, median of ${starts.length} fresh processes each, in turn: ${ms(({ oursMs }) => oursMs)}, of which the no-op provider takes ${ms(({ floorMs }) => floorMs)}. Neither the HTTP client nor zod is loaded by then.

State of one key, in KB of compact JSON. Of every resource, whoever makes it, Pulumi's SDK records the whole call stack of its declaration, which no option turns off.

${table(["KB a key", "all", "call stack", "the rest"], state)}

The tarball has ${kilobytes(tarballBytes)} KB. Installed, in KB:

${table(
  ["package", "KB"],
  sizes.map(([name, bytes]) => [name, kilobytes(bytes)]),
)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const seconds = (ms: number | undefined) =>
  ms === undefined ? "–" : (ms / 1_000).toFixed(ms < 100_000 ? 2 : 0);
const ratio = (value: number | undefined) => value?.toFixed(2) ?? "–";
const megabytes = (bytes: number | undefined) =>
  bytes === undefined ? "–" : String(Math.round(bytes / 1e6));
const kilobytes = (bytes: number) => (bytes / 1_000).toFixed(bytes < 10_000 ? 2 : 0);
