/** `npm run bench`: measures the package against its floors, and writes the report. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { format } from "prettier";

import { runCommandLine } from "../support/usage";
import { repositoryRoot } from "../support/installed-package";
import { figuresOf } from "./floors";
import { type Operation, type Plan, runPlan } from "./measure";
import { plotOf } from "./plot";
import { reportOf } from "./report";
import type { Contestant } from "./stack";

const usage = `Usage: npm run bench [-- --quick]

Measures the package on the real engine against an emulator, and writes report.md and plot.svg to
test/bench/report. Takes about half an hour on 2 cores; leave the machine alone meanwhile.

  --quick  fewer sizes and repetitions, in about three minutes, to test/bench/report/quick
  --help   this text
`;

const ours = (keys: number, users: number): Contestant => ({ subject: "ours", keys, users });
const plugin = (keys: number): Contestant => ({ subject: "plugin", keys, users: 1 });
/** Neither floor nor textbook does anything by user: their keys all belong to one. */
const floor = (keys: number): Contestant => ({ subject: "floor", keys, users: 1 });
const textbook = (keys: number, users = 1): Contestant => ({ subject: "textbook", keys, users });

const steps: Operation[] = ["create", "no-op up", "preview", "rotate", "refresh", "destroy"];
const rotate = { steps: ["create", "rotate"] satisfies Operation[], flags: ["--parallel", "64"] };
/** The engine alone needs minutes to rotate a thousand: it writes the whole state at each step. */
const thousand: Operation[] = [
  "create",
  "no-op up",
  "preview",
  ...Array<Operation>(3).fill("refresh"),
];

/** Takes half an hour on two cores. What no goal asks for and takes minutes takes part once. */
const fullPlan: Plan = {
  name: "full",
  lives: [
    { contestants: [ours(1, 1), plugin(1), floor(1), textbook(1)], steps, repetitions: 5 },
    { contestants: [ours(30, 1), floor(30), ours(30, 10), textbook(30)], steps, repetitions: 3 },
    {
      contestants: [ours(300, 1), plugin(300), floor(300), ours(300, 10), textbook(300)],
      steps,
      repetitions: 1,
    },
    { contestants: [floor(300), ours(300, 10)], steps, repetitions: 2 },
    { contestants: [ours(90, 1)], ...rotate, repetitions: 1 },
    { contestants: [ours(90, 10)], ...rotate, repetitions: 1 },
    { contestants: [ours(1_000, 10), floor(1_000)], steps: thousand, repetitions: 1 },
  ],
  faults: { contestants: [ours(50, 10), textbook(50, 10)], repetitions: 3 },
  starts: 15,
};

const quickPlan: Plan = {
  name: "quick",
  lives: [
    { contestants: [ours(1, 1), plugin(1), floor(1)], steps, repetitions: 1 },
    {
      contestants: [ours(300, 1), plugin(300), floor(300)],
      steps: ["preview"],
      repetitions: 2,
    },
    { contestants: [ours(30, 1), floor(30), ours(30, 10), textbook(30)], steps, repetitions: 1 },
    { contestants: [ours(30, 1), floor(30), ours(30, 10)], steps, repetitions: 1 },
  ],
  faults: { contestants: [ours(30, 10), textbook(30, 10)], repetitions: 1 },
  starts: 5,
};

async function main({ quick }: { quick: boolean }): Promise<void> {
  const startedMs = Date.now();
  const say = (what: string) => {
    const minutes = ((Date.now() - startedMs) / 60_000).toFixed(1);
    process.stderr.write(`bench: [${minutes} min] ${what}\n`);
  };
  const folder = join(__dirname, "report", ...(quick ? ["quick"] : []));
  const results = await runPlan(quick ? quickPlan : fullPlan, say);
  await mkdir(folder, { recursive: true });
  // Formatted as the repository's own documents are.
  const report = await format(reportOf(results), { parser: "markdown", printWidth: 100 });
  await writeFile(join(folder, "report.md"), report);
  await writeFile(join(folder, "plot.svg"), plotOf(figuresOf(results.samples)));
  say(`done: ${relative(repositoryRoot, join(folder, "report.md"))}`);
}

runCommandLine("bench", usage, { quick: { type: "boolean", default: false } }, main);
