/** Says on stderr what is being measured, so that nobody wonders whether a long run hangs. */
export type Say = (what: string) => void;

/** @param write where lines go */
export function progressSince(
  startedMs: number,
  write: (line: string) => void = (line) => process.stderr.write(line),
): Say {
  return (what) => {
    const minutes = ((Date.now() - startedMs) / 60_000).toFixed(1);
    write(`bench: [${minutes} min] ${what}\n`);
  };
}
