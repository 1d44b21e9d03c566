/** The result as Markdown, for the README. */
import { lifeSteps, type Outcome, stateSteps, wholeLife } from "./life";

/** A row for each combination. Of what failed it names the first step. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const header = ["Node", "`@pulumi/pulumi`", "Pulumi CLI", "a key's life", ...stateSteps];
  const rows = outcomes.map(({ combination: { node, sdk, cli }, failures }) => {
    const verdict = (...needed: string[]) => {
      const failed = ["install", ...needed].find((step) => failures.has(step));
      return failed === undefined ? "works" : `**fails** (${failed})`;
    };
    const ofStates = stateSteps.map((step) => verdict(step));
    return [node, sdk, cli.version, verdict(...lifeSteps, wholeLife), ...ofStates];
  });
  const lines = [header, header.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
