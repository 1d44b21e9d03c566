/** Draws lines of a terminal, ANSI colours included, as an SVG that needs no script and no font of its own. */

const characterWidth = 7.25;
const lineHeight = 17;
const margin = 18;
const longestLine = 104;

const background = "#0d1117";
const foreground = "#d0d7de";
/** By the numbers of SGR: 30–37 and their bright twins, which Pulumi writes as `38;5;<n>`. */
const palette = [
  "#6e7681",
  "#ff7b72",
  "#7ee787",
  "#e3b341",
  "#79c0ff",
  "#d2a8ff",
  "#56d4dd",
  "#d0d7de",
];

interface Style {
  colour: string | undefined;
  bold: boolean;
}

interface Span extends Style {
  text: string;
}

/** @param title what the picture shows, for those who cannot see it */
export function terminalPicture(lines: readonly string[], title: string): string {
  const width = Math.ceil(longestLine * characterWidth + 2 * margin);
  const height = lines.length * lineHeight + 2 * margin;
  const texts = lines.map((line, at) => {
    const y = margin + (at + 0.75) * lineHeight;
    return `<text x="${margin}" y="${y}">${spansOf(line).map(drawn).join("")}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${background}"/>`,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="12" fill="${foreground}" xml:space="preserve">`,
    ...texts,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function drawn({ text, colour, bold }: Span): string {
  const fill = colour === undefined ? "" : ` fill="${colour}"`;
  const weight = bold ? ' font-weight="bold"' : "";
  return `<tspan${fill}${weight}>${escaped(text)}</tspan>`;
}

/** The parts of a line by style, cut where the picture ends. */
function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let style: Style = { colour: undefined, bold: false };
  let room = longestLine;
  // eslint-disable-next-line no-control-regex -- escape sequences begin with a control character
  for (const [, codes, text = ""] of line.matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
    if (codes !== undefined) {
      style = styleAfter(style, codes);
      continue;
    }
    const shown = text.length > room ? `${text.slice(0, Math.max(0, room - 1))}…` : text;
    if (room > 0) spans.push({ ...style, text: shown });
    room -= text.length;
  }
  return spans;
}

function styleAfter(style: Style, codes: string): Style {
  const extended = /^38;5;(\d+)$/.exec(codes);
  if (extended) return { ...style, colour: palette[Number(extended[1]) % 8] };
  return codes.split(";").reduce((before, text) => {
    const code = Number(text);
    if (code === 0) return { colour: undefined, bold: false };
    if (code === 1) return { ...before, bold: true };
    if (code >= 30 && code <= 37) return { ...before, colour: palette[code - 30] };
    return code === 39 ? { ...before, colour: undefined } : before;
  }, style);
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
