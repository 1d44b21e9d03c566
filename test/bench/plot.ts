/** The plot of the report: time against keys beside the floors, a panel an operation, by hand in SVG. */
import { apiFloorMs, type Figure } from "./floors";
import { type Operation, operations } from "./measure";

/** Each with the class of its style. One key has one user, whatever the curve. */
const curves = [
  { title: "this package, 10 users", of: "ours", users: 10 },
  { title: "textbook", of: "textbook", users: 1 },
  { title: "API floor (10 users)", of: "api", users: 10 },
  { title: "engine floor", of: "floor", users: 1 },
];

/** Pixels; the panels stand in rows of three. */
const panel = { width: 208, height: 150, everyX: 270, everyY: 212, left: 46, top: 82 };
const [width, height] = [810, 484];

/** @param all figures; those with flags of their own are not shown */
export function plotOf(all: Figure[]): string {
  const figures = all.filter(({ flags }) => flags.length === 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Seconds against number of keys, for each operation, beside the floors">`,
    style,
    `<rect class="paper" width="${width}" height="${height}" rx="6"/>`,
    ...curves.flatMap(({ title, of }, at) => {
      const x = panel.left + at * 176;
      return [line(x, 22, x + 22, 22, of), text(x + 28, 26, title, "label")];
    }),
    text(panel.left, 44, "seconds against keys", "label"),
    ...operations.flatMap((operation, at) => {
      const left = panel.left + (at % 3) * panel.everyX;
      return panelOf(operation, figures, left, panel.top + Math.floor(at / 3) * panel.everyY);
    }),
    "</svg>\n",
  ].join("\n");
}

function panelOf(operation: Operation, figures: Figure[], left: number, top: number): string[] {
  const [right, bottom] = [left + panel.width, top + panel.height];
  const sizes = [...new Set(figures.map(({ keys }) => keys))].sort((a, b) => a - b);
  const all = figures.map(({ wallMs }) => wallMs / 1_000);
  const [least, most] = [Math.min(1, ...all), Math.max(10, ...all) * 1.1];
  const xOf = (keys: number) =>
    rounded(left + share(keys, 1, Math.max(10, ...sizes)) * panel.width);
  const yOf = (seconds: number) => rounded(bottom - share(seconds, least, most) * panel.height);
  const decades = [0.1, 1, 10, 100, 1_000].filter((each) => each >= least && each <= most);
  const msOf = (of: string, keys: number, most: number) => {
    const users = Math.min(most, keys);
    if (of === "api") return apiFloorMs(operation, { keys, users });
    const wanted = [operation, of, keys, users].join();
    return figures.find(
      (each) => [each.operation, each.subject, each.keys, each.users].join() === wanted,
    )?.wallMs;
  };
  return [
    `<rect class="frame" x="${left}" y="${top}" width="${panel.width}" height="${panel.height}"/>`,
    text(left, top - 8, operation, "title"),
    ...decades.flatMap((seconds) => [
      line(left, yOf(seconds), right, yOf(seconds), "grid"),
      text(left - 6, yOf(seconds) + 4, `${seconds} s`, "label", "end"),
    ]),
    ...sizes.map((keys) =>
      text(xOf(keys), bottom + 16, keys.toLocaleString("en"), "label", "middle"),
    ),
    // A nested picture cuts off what lies below the axis.
    `<svg width="${width}" height="${bottom}">`,
    ...curves.toReversed().flatMap(({ of, users }) => {
      const points = sizes.flatMap((keys) => {
        const ms = msOf(of, keys, users);
        return ms ? [[xOf(keys), yOf(ms / 1_000)] as const] : [];
      });
      const dots = points.map(
        ([x, y]) => `<circle class="${of} dot" cx="${x}" cy="${y}" r="2.6"/>`,
      );
      return [`<polyline class="${of}" points="${points.join(" ")}"/>`, ...dots];
    }),
    "</svg>",
  ];
}

/** Where a value lies between the ends of a logarithmic axis: 0 to 1. */
const share = (value: number, least: number, most: number) =>
  Math.log(value / least) / Math.log(most / least);

const rounded = (pixels: number) => Math.round(pixels * 10) / 10;

const line = (x1: number, y1: number, x2: number, y2: number, styleClass: string) =>
  `<line class="${styleClass}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;

const text = (x: number, y: number, words: string, styleClass: string, anchor = "start") =>
  `<text class="${styleClass}" x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;

/** Colours that hold on white and on black, and differ for colour-blind eyes; the floors are dashed. */
const style = `<style>
  text { font-family: system-ui, sans-serif; font-size: 12px; fill: #24292f; }
  .title { font-weight: 600; font-size: 13px; }
  .paper { fill: #ffffff; }
  .frame { fill: none; stroke: #8c959f; stroke-width: 1; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  polyline, .ours, .floor, .api, .textbook { fill: none; stroke-width: 2; }
  .ours { stroke: #0969da; stroke-width: 2.6; }
  .floor { stroke: #6e7781; stroke-dasharray: 6 3; }
  .api { stroke: #bf8700; stroke-dasharray: 2 3; }
  .textbook { stroke: #cf222e; }
  .dot { stroke-dasharray: none; }
  circle.ours { fill: #0969da; } circle.floor { fill: #6e7781; }
  circle.api { fill: #bf8700; } circle.textbook { fill: #cf222e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .paper { fill: #0d1117; }
    .grid { stroke: #30363d; }
    .ours { stroke: #58a6ff; } circle.ours { fill: #58a6ff; }
    .floor { stroke: #9198a1; } circle.floor { fill: #9198a1; }
    .api { stroke: #d29922; } circle.api { fill: #d29922; }
    .textbook { stroke: #ff7b72; } circle.textbook { fill: #ff7b72; }
  }
</style>`;
