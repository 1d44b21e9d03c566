/** What came of each combination of versions, as Markdown for the README. */
import type { Combination } from "./life";

/** What came of each story, by its name. */
export type Verdicts = Readonly<Record<string, string>>;

/**
 * Plays a story that says which step begins.
 *
 * @param say hears of a failure in full
 * @returns `works`, or the name of the step that failed
 */
export async function verdictOf(
  story: (step: (name: string) => void) => Promise<void>,
  say: (line: string) => void,
): Promise<string> {
  let current = "";
  try {
    await story((name) => (current = name));
    return "works";
  } catch (error) {
    say(`${current}: ${error instanceof Error ? error.message : String(error)}`);
    return `**fails** (${current})`;
  }
}

/** A row for each combination. */
export function tableOf(outcomes: readonly (readonly [Combination, Verdicts])[]): string {
  const names = Object.keys(outcomes[0]?.[1] ?? {});
  const header = ["Node", "`@pulumi/pulumi`", "Pulumi CLI", ...names];
  const rows = outcomes.map(([{ node, sdk, cli }, verdicts]) => [
    ...[node, sdk, cli],
    ...Object.values(verdicts),
  ]);
  const lines = [header, header.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
