/** The plot of the report: time against keys beside the floors, a panel an operation, by hand in SVG. */
import { apiFloorMs } from "./api-floor";
import type { Figure } from "./figures";
import { type Operation, operations } from "./life";
import { type Box, curve, decades, line, text, xOf, yOf } from "./svg-axes";

interface Line {
  title: string;
  styleClass: string;
  /** Seconds of an operation by number of keys. */
  secondsOf: (figures: Figure[], operation: Operation, keys: number) => number | undefined;
}

const measuredFor = (subject: Figure["subject"], users?: number): Line["secondsOf"] => {
  return (figures, operation, keys) => {
    const figure = figures
      .filter((each) => each.subject === subject && each.operation === operation)
      .filter(({ workload }) => workload.keys === keys)
      // One key has one user, whatever the line.
      .find(({ workload }) => users === undefined || workload.users === Math.min(users, keys));
    return figure && figure.wallMs / 1_000;
  };
};

const lines: Line[] = [
  { title: "engine floor", styleClass: "engine", secondsOf: measuredFor("floor") },
  {
    title: "API floor (10 users)",
    styleClass: "api",
    secondsOf: (_, operation, keys) =>
      apiFloorMs(operation, { keys, users: 10 }) / 1_000 || undefined,
  },
  { title: "textbook", styleClass: "textbook", secondsOf: measuredFor("textbook") },
  { title: "this package, 10 users", styleClass: "ours", secondsOf: measuredFor("ours", 10) },
];

const panel = { width: 208, height: 150 };
const gap = { x: 62, y: 62 };
const margin = { left: 46, top: 82, right: 16, bottom: 40 };
const columns = 3;

export function plotOf(figures: Figure[]): string {
  const rows = Math.ceil(operations.length / columns);
  const width = margin.left + columns * (panel.width + gap.x) - gap.x + margin.right;
  const height = margin.top + rows * (panel.height + gap.y) - gap.y + margin.bottom;
  const panels = operations.map((operation, at) => {
    const left = margin.left + (at % columns) * (panel.width + gap.x);
    const top = margin.top + Math.floor(at / columns) * (panel.height + gap.y);
    return panelOf(operation, figures, { left, top, ...panel });
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Seconds against number of keys, for each operation, beside the floors">`,
    style,
    `<rect class="paper" width="${width}" height="${height}" rx="6"/>`,
    ...legend(),
    ...panels,
    "</svg>",
    "",
  ].join("\n");
}

function panelOf(operation: Operation, figures: Figure[], box: Box): string {
  const sizes = [...new Set(figures.map(({ workload }) => workload.keys))].sort((a, b) => a - b);
  const curves = lines.map(({ styleClass, secondsOf }) => ({
    styleClass,
    points: sizes.flatMap((keys) => {
      const seconds = secondsOf(figures, operation, keys);
      return seconds === undefined ? [] : [{ keys, seconds }];
    }),
  }));
  const all = figures.map(({ wallMs }) => wallMs / 1_000);
  const seconds = { from: Math.min(1, ...all), to: Math.max(10, ...all) * 1.1 };
  const keys = { from: 1, to: Math.max(10, ...sizes) };
  const bottom = box.top + box.height;
  const right = box.left + box.width;
  const id = `inside-${operation.replace(" ", "-")}`;
  const shownKeys = sizes.map((size) => ({ size, x: xOf(size, keys, box) }));
  return [
    `<rect class="frame" x="${box.left}" y="${box.top}" width="${box.width}" height="${box.height}"/>`,
    text({ x: box.left, y: box.top - 8 }, operation, "title"),
    ...decades(seconds).flatMap((second) => {
      const y = yOf(second, seconds, box);
      const label = text({ x: box.left - 6, y: y + 4 }, `${second} s`, "label", "end");
      return [line({ x: box.left, y }, { x: right, y }, "grid"), label];
    }),
    ...shownKeys.map(({ size, x }) =>
      text({ x, y: bottom + 16 }, size.toLocaleString("en"), "label", "middle"),
    ),
    `<clipPath id="${id}"><rect x="${box.left - 4}" y="${box.top - 4}" width="${box.width + 8}" height="${box.height + 4}"/></clipPath>`,
    `<g clip-path="url(#${id})">`,
    ...curves.map(({ styleClass, points }) =>
      curve(
        points.map((point) => ({
          x: xOf(point.keys, keys, box),
          y: yOf(point.seconds, seconds, box),
        })),
        styleClass,
      ),
    ),
    "</g>",
  ].join("\n");
}

function legend(): string[] {
  const step = 176;
  const entries = lines.toReversed().flatMap(({ title, styleClass }, at) => {
    const x = margin.left + at * step;
    return [
      line({ x, y: 22 }, { x: x + 22, y: 22 }, styleClass),
      text({ x: x + 28, y: 26 }, title, "label"),
    ];
  });
  return [...entries, text({ x: margin.left, y: 44 }, "seconds against keys", "label")];
}

/** Colours that hold on white and on black, and differ for colour-blind eyes; the floors are dashed. */
const style = `<style>
  text { font-family: system-ui, sans-serif; font-size: 12px; fill: #24292f; }
  .title { font-weight: 600; font-size: 13px; }
  .paper { fill: #ffffff; }
  .frame { fill: none; stroke: #8c959f; stroke-width: 1; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  polyline, .ours, .engine, .api, .textbook { fill: none; stroke-width: 2; }
  .ours { stroke: #0969da; stroke-width: 2.6; }
  .engine { stroke: #6e7781; stroke-dasharray: 6 3; }
  .api { stroke: #bf8700; stroke-dasharray: 2 3; }
  .textbook { stroke: #cf222e; }
  .dot { stroke-dasharray: none; }
  circle.ours { fill: #0969da; } circle.engine { fill: #6e7781; }
  circle.api { fill: #bf8700; } circle.textbook { fill: #cf222e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .paper { fill: #0d1117; }
    .grid { stroke: #30363d; }
    .ours { stroke: #58a6ff; } circle.ours { fill: #58a6ff; }
    .engine { stroke: #9198a1; } circle.engine { fill: #9198a1; }
    .api { stroke: #d29922; } circle.api { fill: #d29922; }
    .textbook { stroke: #ff7b72; } circle.textbook { fill: #ff7b72; }
  }
</style>`;
