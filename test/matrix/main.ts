/**
 * `npm run matrix`: does the package keep its word with the oldest and the newest versions that it
 * claims? Prints a Markdown table; what it does meanwhile is told on standard error.
 */
import { runCommandLine } from "../support/usage";
import { type Combination, play, stories } from "./life";
import { claimed, cliVersion, newestOf } from "./versions";

const usage = `Usage: npm run matrix [-- --node <version>… --sdk <version>…]

Lives a key's life on the real engine with every combination of these versions:

  --node <version>  of Node (default: the lowest that package.json claims, the newest 24, the newest 26)
  --sdk <version>   of @pulumi/pulumi (default: the lowest that package.json claims, and the newest)

The Pulumi CLI is the one that the tests use; PULUMI_CLI=<path> names another.
`;

const say = (line: string) => process.stderr.write(`matrix: ${line}\n`);

const fails = "**fails**";
const several = { type: "string", multiple: true } as const;

async function main(given: { node?: string[]; sdk?: string[] }): Promise<void> {
  const newest = (range: string) => newestOf("node", range);
  const sdks = given.sdk ?? [claimed.sdk, await newestOf("@pulumi/pulumi", `>=${claimed.sdk}`)];
  const nodes = given.node ?? [claimed.node, await newest("24"), await newest("26")];
  const cli = await cliVersion();
  const combinations = nodes.flatMap((node) => sdks.map((sdk) => ({ node, sdk, cli })));
  say(`${combinations.length} combinations, half a minute each on an idle machine`);
  const header = ["Node", "`@pulumi/pulumi`", "Pulumi CLI", ...Object.keys(stories)];
  const table = [header, header.map(() => "---")];
  for (const combination of combinations) {
    const { node, sdk } = combination;
    table.push([node, sdk, cli, ...(await verdictsOn(combination))]);
  }
  process.stdout.write(table.map((cells) => `| ${cells.join(" | ")} |\n`).join(""));
  if (table.flat().includes(fails)) process.exitCode = 1;
}

/** What came of each story. */
async function verdictsOn(combination: Combination): Promise<string[]> {
  const { node, sdk, cli } = combination;
  say(`Node ${node}, @pulumi/pulumi ${sdk}, Pulumi CLI ${cli}`);
  const verdicts: string[] = [];
  for (const [name, story] of Object.entries(stories)) {
    const startMs = Date.now();
    const failure = await play(story, combination).catch(String);
    if (failure !== undefined) say(failure);
    const verdict = failure === undefined ? "works" : fails;
    say(`  ${name}: ${verdict}, ${((Date.now() - startMs) / 1_000).toFixed(1)} s`);
    verdicts.push(verdict);
  }
  return verdicts;
}

runCommandLine("matrix", usage, { node: several, sdk: several }, main);
