/**
 * `npm run matrix`: does the package keep its word with the oldest and the newest versions that it
 * claims? Prints a Markdown table; what it does meanwhile is told on standard error.
 */
import { optionsOrUsage } from "../support/usage";
import { type Combination, play, stories } from "./life";
import { type Outcome, tableOf, verdictOf } from "./table";
import { cliVersion } from "./tools";
import { claimedVersions, newestOf } from "./versions";

const usage = `Usage: npm run matrix [-- --node <version>… --sdk <version>…]

Lives a key's life on the real engine with every combination of these versions:

  --node <version>  of Node (default: the lowest that package.json claims, the newest 24, the newest 26)
  --sdk <version>   of @pulumi/pulumi (default: the lowest that package.json claims, and the newest)

The Pulumi CLI is the one that the tests use; PULUMI_CLI=<path> names another.
`;

const say = (line: string) => process.stderr.write(`matrix: ${line}\n`);

async function main(): Promise<number> {
  const given = optionsOrUsage(usage, {
    node: { type: "string", multiple: true },
    sdk: { type: "string", multiple: true },
  });
  const claimed = await claimedVersions();
  const sdks = given.sdk ?? [claimed.sdk, await newestOf("@pulumi/pulumi", `>=${claimed.sdk}`)];
  const nodes = given.node ?? [
    claimed.node,
    await newestOf("node", "24"),
    await newestOf("node", "26"),
  ];
  const cli = await cliVersion();
  const combinations = nodes.flatMap((node) => sdks.map((sdk) => ({ node, sdk, cli })));
  say(`${combinations.length} combinations, half a minute each on an idle machine`);
  const outcomes: Outcome[] = [];
  for (const combination of combinations)
    outcomes.push({ combination, verdicts: await verdictsOn(combination) });
  process.stdout.write(`${tableOf(outcomes)}\n`);
  const verdicts = outcomes.flatMap((outcome) => Object.values(outcome.verdicts));
  return verdicts.every((verdict) => verdict === "works") ? 0 : 1;
}

async function verdictsOn(combination: Combination): Promise<Record<string, string>> {
  const { node, sdk, cli } = combination;
  say(`Node ${node}, @pulumi/pulumi ${sdk}, Pulumi CLI ${cli}`);
  const verdicts: Record<string, string> = {};
  for (const [name, story] of Object.entries(stories)) {
    const startMs = Date.now();
    const verdict = await verdictOf((step) => play(story, combination, step), say);
    say(`  ${name}: ${verdict}, ${((Date.now() - startMs) / 1_000).toFixed(1)} s`);
    verdicts[name] = verdict;
  }
  return verdicts;
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
  },
);
