/** Logarithmic axes for small plots in SVG, and what is drawn on them. */

/** A panel's place, in pixels of the plot. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Range {
  from: number;
  to: number;
}

/** Where a value lies between the ends of a logarithmic range: 0 to 1. */
function place(value: number, { from, to }: Range): number {
  return Math.log(value / from) / Math.log(to / from);
}

export function xOf(value: number, range: Range, { left, width }: Box): number {
  return rounded(left + place(value, range) * width);
}

export function yOf(value: number, range: Range, { top, height }: Box): number {
  return rounded(top + height - place(value, range) * height);
}

/** 1, 10, 100 … within a range. */
export function decades({ from, to }: Range): number[] {
  const first = Math.ceil(Math.log10(from) - 1e-9);
  const last = Math.floor(Math.log10(to) + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, at) => 10 ** (first + at));
}

export function line(
  from: { x: number; y: number },
  to: { x: number; y: number },
  styleClass: string,
): string {
  return `<line class="${styleClass}" x1="${from.x}" y1="${from.y}" x2="${to.x}" y2="${to.y}"/>`;
}

export function text(
  at: { x: number; y: number },
  words: string,
  styleClass: string,
  anchor: "start" | "middle" | "end" = "start",
): string {
  return `<text class="${styleClass}" x="${at.x}" y="${at.y}" text-anchor="${anchor}">${words}</text>`;
}

export function curve(points: readonly { x: number; y: number }[], styleClass: string): string {
  const path = points.map(({ x, y }) => `${x},${y}`).join(" ");
  const dots = points.map(
    ({ x, y }) => `<circle class="${styleClass} dot" cx="${x}" cy="${y}" r="2.6"/>`,
  );
  return [`<polyline class="${styleClass}" points="${path}"/>`, ...dots].join("\n");
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
