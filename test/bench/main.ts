/** `npm run bench`: measures the package against its floors, and writes the report. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { format } from "prettier";

import { repositoryRoot } from "../support/installed-package";
import { figuresOf } from "./figures";
import { fullPlan, quickPlan } from "./plan";
import { plotOf } from "./plot";
import { progressSince } from "./progress";
import { reportOf } from "./report";
import { runPlan } from "./run";

const usage = `Usage: npm run bench [-- --quick] [-- --to <folder>]

Measures the package on the real engine against an emulator, and writes report.md, report.json and
plot.svg. Takes most of an hour on 2 cores; leave the machine alone meanwhile.

  --quick        fewer sizes and repetitions, in less than five minutes
  --to <folder>  where to write (default test/bench/report, and report/quick for a quick run)
  --help         this text
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      to: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const usual = join(__dirname, "report", ...(values.quick ? ["quick"] : []));
  const folder = values.to ?? usual;
  const say = progressSince(Date.now());
  const results = await runPlan(values.quick ? quickPlan : fullPlan, say);
  await mkdir(folder, { recursive: true });
  // Formatted as the repository's own documents are.
  const formatted = (text: string, parser: "json" | "markdown") =>
    format(text, { parser, printWidth: 100 });
  await writeFile(join(folder, "report.json"), await formatted(JSON.stringify(results), "json"));
  await writeFile(join(folder, "report.md"), await formatted(reportOf(results), "markdown"));
  await writeFile(join(folder, "plot.svg"), plotOf(figuresOf(results)));
  say(`done: ${relative(repositoryRoot, join(folder, "report.md"))}`);
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
