/**
 * `npm run matrix`: does the package keep its word with the oldest and the newest versions that it
 * claims? Prints a Markdown table; what it does meanwhile is told on standard error.
 */
import { optionsOrUsage } from "../support/usage";
import { type Combination, live, type Outcome } from "./life";
import { tableOf } from "./table";
import { pulumiCli } from "./tools";
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
  const cli = await pulumiCli();
  const combinations = nodes.flatMap((node) => sdks.map((sdk) => ({ node, sdk, cli })));
  say(`${combinations.length} combinations, half a minute each on an idle machine`);
  const outcomes = await liveAll(combinations);
  process.stdout.write(`${tableOf(outcomes)}\n`);
  return outcomes.every(({ failures }) => failures.size === 0) ? 0 : 1;
}

async function liveAll(combinations: readonly Combination[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const combination of combinations) {
    const { node, sdk, cli } = combination;
    say(`Node ${node}, @pulumi/pulumi ${sdk}, Pulumi CLI ${cli.version}`);
    const outcome = await live(combination, say);
    for (const [step, error] of outcome.failures)
      say(`${step}: ${error instanceof Error ? error.message : String(error)}`);
    outcomes.push(outcome);
  }
  return outcomes;
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
