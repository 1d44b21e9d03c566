/** The report: what a run measured, in Markdown, from the goals down to the details. */
import { type Figure, figuresOf, median } from "./floors";
import { goalsOf } from "./goals";
import type { FaultyLife, Results } from "./measure";
import { describeWorkload } from "./stack";
import { startsInWords } from "./start";

const titles = {
  ours: "this package",
  plugin: "its plugin",
  floor: "no-op provider",
  textbook: "textbook",
};

export function reportOf(results: Results): string {
  const isFull = results.plan === "full";
  const figures = figuresOf(results.samples).filter(({ subject }) => subject !== "floor");
  const sizes = [...new Set(figures.map(({ keys }) => keys))].sort((a, b) => a - b);
  return `# Benchmark

Made by \`npm run bench${isFull ? "" : " -- --quick"}\` in ${results.tookMinutes.toFixed(0)} minutes. Do not edit: run it again.

${isFull ? "" : "**A quick run: fewer sizes and repetitions than the goals ask for.**"}

![Seconds against keys, for each operation, beside the floors](plot.svg)

## How

- **Machine**: ${results.machine} (anything near 0 is quiet); state in files.
- **This package** is installed from its tarball. Vultr is the repository's emulator on loopback, which allows 30 requests a second and answers within milliseconds, so that nothing but requests counts. Keys are dealt to users in turn.
- **Its plugin**: the same program, in JavaScript as well, with keys that the plugin serves rather than Pulumi's dynamic provider.
- **Engine floor**: the same program with a provider that does nothing. As many resources, through the same plugin of Pulumi, with args and outputs of the same names and lengths, loaded by a text of the same kind; its provider answers every call at once. It is a lower floor than a \`pulumi.dynamic.Resource\` without work, whose program loads a compiler to turn the provider into text and whose state holds that text twice.
- **API floor**: the fewest requests with which every promise can be kept, ÷ 30 a second. A key takes a POST to make, a GET to prove, a DELETE to revoke; a user takes one list in each run.
- **Textbook**: [a dynamic provider as Pulumi's documentation shows one](../programs/textbook.js): a closure, \`fetch\`, no limiter, five attempts after any error. It proves nothing and looks for nothing.
- Contestants take turns at each step of a life: create, no-op up, preview of a rotation, rotate, refresh, destroy. Times are of the whole command, \`--skip-preview\` where it changes something. A ratio is that of two runs of the same turn. What takes minutes and is no goal's runs once; \`runs\` says how often each did.

## Goals

${goalsTable(results)}

## Time, memory and state

Medians, in seconds. Ratios are medians of the ratios of each repetition. Before the _first_ request the engine has started itself, the program and the provider, and registered resources; nothing can be asked earlier. So no provider can beat _both_ floors: the engine's, or the time before the first request and the API floor after it, whichever is longer. _MB_ are the peak of the provider process over the no-op provider's. _KB_ are the state of a key as compact JSON, in which Pulumi's SDK records the whole call stack of its declaration, whoever makes it.

${sizes.map((keys) => timeTable(keys, figures)).join("\n\n")}

## Start

${startsInWords(results.starts)}

## What stands between

Profiles of Node's own profiler, once on 2 cores; what they show hardly depends on the machine.

- **Create and rotate** are to be held against both floors together (column _× both_). Against the larger floor they look worse, because the two floors come one after the other: the engine is not busy with other things while the first key waits, it has not asked for one yet.
- **Destroy** of many users' keys waits for lists. Each deletion is seen gone in one that began after it; the engine has eight deletions under way on two cores, of as many users, so few can share. With \`--parallel 64\` more can: see the requests of a rotation of 90 keys.
- **Preview, no-op up.** Of the processor time that a program of 300 keys takes, about half captures call stacks: Pulumi's SDK keeps four promises for each property of a resource, a stack for each, and rewrites every frame of it by source maps. This package declares its outputs, the args that are given and three more. The provider process answers a check and a diff in less than a millisecond each.
- **Refresh** loads the HTTP client and the schemas once, which takes 0.2 s, and lists of ten users at 30 a second take 0.3 s.
- **Memory**: the HTTP client takes 29 MB, the schemas 13 MB.

## With 1% faults

Create and rotate while one request in a hundred goes wrong, decided by a seed and the same for all: status 500 before the work, a 504 page after it, a connection cut before or after it, an answer cut short. A failed \`pulumi up\` is run again, three times at most. Afterwards Vultr's keys are held against the state. Time is the median, everything else the sum of all repetitions. An _unknown live key_ was made twice or never deleted: nobody has its plaintext, and nobody will revoke it.

${faultsTable(results.faults)}
`;
}

function goalsTable(results: Results): string {
  const rows = goalsOf(results.samples).map(({ figure, goal, measured }) => {
    const missed = measured.filter(({ isMet }) => !isMet);
    const verdict = measured.length === 0 ? "not measured" : missed.length === 0 ? "met" : "missed";
    const lines = (missed.length > 0 ? missed : measured.slice(0, 1)).map(
      ({ what, value, isMet, beyond }) =>
        `${what}: ${value}${isMet ? "" : `, ${shown(beyond * 100, 0)}% beyond`}`,
    );
    return [figure, goal, `**${verdict}**`, lines.join("<br>") || "–"];
  });
  return table(["Figure", "Goal", "", "Farthest from it, or every miss"], rows);
}

function timeTable(keys: number, figures: Figure[]): string {
  const seconds = (ms?: number) => shown(ms && ms / 1_000, ms !== undefined && ms >= 1e5 ? 0 : 2);
  const columns: [string, (figure: Figure) => string | number][] = [
    ["", ({ operation, flags }) => [operation, ...flags].join(" ")],
    ["", ({ subject }) => titles[subject]],
    ["users", ({ users }) => users],
    ["runs", ({ runs }) => runs],
    ["time", ({ wallMs }) => seconds(wallMs)],
    ["engine floor", ({ engineFloorMs }) => seconds(engineFloorMs)],
    ["× engine", ({ overEngineFloor }) => shown(overEngineFloor, 2)],
    ["API floor", ({ apiFloorMs }) => seconds(apiFloorMs)],
    ["× larger", ({ overLargerFloor }) => shown(overLargerFloor, 2)],
    ["first", ({ firstRequestMs }) => seconds(firstRequestMs)],
    ["× both", ({ overBothFloors }) => shown(overBothFloors, 2)],
    ["requests", ({ requests }) => requests],
    ["needed", ({ requestsNeeded }) => requestsNeeded],
    ["429", ({ throttled }) => throttled],
    ["MB", ({ providerExtraBytes: bytes }) => shown(bytes && bytes / 1e6, 0)],
    ["KB", ({ bytesPerKey: bytes }) => shown(bytes && bytes / 1e3, 2)],
  ];
  const rows = figures
    .filter((figure) => figure.keys === keys)
    .map((figure) => columns.map(([, of]) => of(figure)));
  const head = columns.map(([title]) => title);
  return `### ${keys.toLocaleString("en")} ${keys === 1 ? "key" : "keys"}\n\n${table(head, rows)}`;
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
      lives.reduce((total, life) => total + life[of], 0);
    const workload = lives.map(describeWorkload)[0] ?? "";
    return [
      ...[titles[subject], `${workload}, ${lives.length} ×`],
      shown((median(lives.map(({ wallMs }) => wallMs)) ?? NaN) / 1_000, 2),
      ...[sum("throttled"), sum("faults"), `${sum("failedRuns")} of ${sum("runs")}`],
      ...[sum("unknownKeys"), sum("deadKeys"), sum("pendingDeletions")],
    ];
  });
  return table(head, rows);
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** What was not measured is a dash. */
function shown(value: number | undefined, digits: number): string {
  return value?.toFixed(digits) ?? "–";
}
