/** The report: what was measured, in Markdown, from the goals down to the details. */
import { faultsSection } from "./faults-section";
import { type Figure, figuresOf } from "./figures";
import { type Goal, goalsOf } from "./goals";
import { methodSection } from "./method-section";
import type { Results } from "./results";
import { smallFiguresSection } from "./small-figures-section";
import { timeSection } from "./time-section";
import { megabytes, ratio, seconds, table } from "./table";
import { describeWorkload } from "./workload";

export function reportOf(results: Results): string {
  const figures = figuresOf(results);
  const sections = [
    "# Benchmark",
    `Made by \`npm run bench${results.plan === "full" ? "" : " -- --quick"}\` in ${results.tookMinutes.toFixed(0)} minutes. Do not edit: run it again.`,
    ...(results.plan === "full"
      ? []
      : ["**A quick run: fewer sizes and repetitions than the goals ask for.**"]),
    "![Seconds against keys, for each operation, beside the floors](plot.svg)",
    methodSection(results),
    "## Goals",
    goalsTable(goalsOf(results)),
    "## Time",
    "Medians, in seconds. Ratios are medians of the ratios of each repetition.",
    ...timeTables(figures),
    timeSection(figures),
    "## Requests of a rotation",
    "A rotation makes, proves and revokes each key, which takes three requests, and sees it gone, which takes a share of a list. Revocations of one user share a list where they are under way at the same time. The engine runs four for each core at a time, unless `--parallel` says otherwise, in an order of its own: of eight keys of ten users, hardly two belong to one.",
    rotationsTable(results),
    faultsSection(results),
    "## Memory",
    "Peak resident memory of the provider process, in MB, as far as the system tells it.",
    memoryTable(figures),
    smallFiguresSection(results),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function goalsTable(goals: Goal[]): string {
  const rows = goals.map(({ figure, goal, measured }) => {
    const missed = measured.filter(({ isMet }) => !isMet);
    const shown = missed.length > 0 ? missed : measured.slice(0, 1);
    const verdict = measured.length === 0 ? "not measured" : missed.length === 0 ? "met" : "missed";
    return [figure, goal, `**${verdict}**`, shown.map(describeMeasured).join("<br>") || "–"];
  });
  return table(["Figure", "Goal", "", "Farthest from it, or every miss"], rows);
}

function describeMeasured({ what, value, isMet, beyond }: Goal["measured"][number]): string {
  const excess = isMet || !Number.isFinite(beyond) ? "" : `, ${(beyond * 100).toFixed(0)}% beyond`;
  return `${what}: ${value}${excess}`;
}

function timeTables(figures: Figure[]): string[] {
  const sizes = [...new Set(figures.map(({ workload }) => workload.keys))].sort((a, b) => a - b);
  return sizes.flatMap((keys) => {
    const ofSize = figures.filter(
      ({ workload, subject }) => workload.keys === keys && subject !== "floor",
    );
    const rows = ofSize.map((figure) => [
      figure.operation,
      figure.subject === "ours" ? "this package" : "textbook",
      `${figure.workload.users}`,
      `${figure.repetitions}`,
      seconds(figure.wallMs),
      seconds(figure.engineFloorMs),
      ratio(figure.overEngineFloor),
      seconds(figure.apiFloorMs),
      ratio(figure.overLargerFloor),
      `${figure.requests}`,
      `${figure.requestsNeeded}`,
      `${figure.throttled}`,
    ]);
    const head = [
      ...["", "", "users", "runs", "time", "engine floor", "× engine", "API floor", "× larger"],
      ...["requests", "needed", "429"],
    ];
    return [`### ${keys.toLocaleString("en")} ${keys === 1 ? "key" : "keys"}`, table(head, rows)];
  });
}

function rotationsTable({ rotations }: Results): string {
  if (rotations.length === 0) return "";
  const rows = rotations.map(({ workload, flags, requestsPerRotation, wallMs }) => [
    describeWorkload(workload),
    flags.length === 0 ? "" : `\`${flags.join(" ")}\``,
    requestsPerRotation.toFixed(2),
    seconds(wallMs),
  ]);
  return table(["once each", "", "requests a rotation", "time"], rows);
}

function memoryTable(figures: Figure[]): string {
  const rows = figures
    .filter(({ subject, providerPeakBytes }) => subject !== "floor" && providerPeakBytes)
    .map((figure) => [
      figure.operation,
      figure.subject === "ours" ? "this package" : "textbook",
      describeWorkload(figure.workload),
      megabytes(figure.providerPeakBytes),
      megabytes(figure.providerExtraBytes),
    ]);
  return rows.length === 0
    ? "Not available on this system."
    : table(["", "", "", "peak", "over the no-op provider"], rows);
}
