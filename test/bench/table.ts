/** A table in Markdown, and numbers as people read them in one. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function seconds(ms: number | undefined): string {
  if (ms === undefined) return "–";
  return ms < 100_000 ? (ms / 1_000).toFixed(2) : (ms / 1_000).toFixed(0);
}

export function ratio(value: number | undefined): string {
  return value === undefined ? "–" : value.toFixed(2);
}

export function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "–" : String(Math.round(bytes / 1e6));
}

export function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(bytes < 10_000 ? 2 : 0);
}
