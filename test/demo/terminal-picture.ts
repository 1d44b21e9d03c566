/** Draws lines of a terminal, ANSI colours included, as an SVG that needs no script and no font of its own. */

const characterWidth = 7.25;
const lineHeight = 17;
const margin = 18;
const longestLine = 104;

const background = "#0d1117";
const foreground = "#d0d7de";
/** By the numbers of SGR: 30–37 and their bright twins, which Pulumi writes as `38;5;<n>`. */
const palette = "#6e7681 #ff7b72 #7ee787 #e3b341 #79c0ff #d2a8ff #56d4dd #d0d7de".split(" ");

interface Style {
  colour?: string | undefined;
  bold?: boolean;
}

/** @param title what the picture shows, for those who cannot see it */
export function terminalPicture(lines: readonly string[], title: string): string {
  const width = Math.ceil(longestLine * characterWidth + 2 * margin);
  const height = lines.length * lineHeight + 2 * margin;
  const texts = lines.map((line, at) => {
    const y = margin + (at + 0.75) * lineHeight;
    return `<text x="${margin}" y="${y}">${drawn(line)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${background}"/>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="12" fill="${foreground}" xml:space="preserve">
${texts.join("\n")}
</g>
</svg>
`;
}

/** The parts of a line by style, cut where the picture ends. */
function drawn(line: string): string {
  let spans = "";
  let style: Style = {};
  let room = longestLine;
  // eslint-disable-next-line no-control-regex -- escape sequences begin with a control character
  for (const [, codes, text = ""] of line.matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
    if (codes !== undefined) style = styleAfter(style, codes);
    else if (room > 0) {
      const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
      const fill = style.colour === undefined ? "" : ` fill="${style.colour}"`;
      const weight = style.bold === true ? ' font-weight="bold"' : "";
      spans += `<tspan${fill}${weight}>${escaped(shown)}</tspan>`;
      room -= text.length;
    }
  }
  return spans;
}

function styleAfter(before: Style, codes: string): Style {
  const [, extended] = /^38;5;(\d+)$/.exec(codes) ?? [];
  if (extended !== undefined) return { ...before, colour: palette[Number(extended) % 8] };
  return codes.split(";").reduce((style, text) => {
    const code = Number(text);
    if (code === 0) return {};
    if (code === 1) return { ...style, bold: true };
    // 39 is the terminal's own colour.
    return code >= 30 && code <= 39 ? { ...style, colour: palette[code - 30] } : style;
  }, before);
}

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
