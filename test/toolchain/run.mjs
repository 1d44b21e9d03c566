/**
 * What the npm scripts start: prepares a clone, however fresh, and then runs one command in it.
 * Nothing is imported but Node's own modules and files beside this one, since dependencies may not
 * be there yet.
 *
 * Usage: node test/toolchain/run.mjs <command> [arguments of the command]; the commands are named below.
 */
import os from "node:os";
import path from "node:path";

import { buildPackage } from "./build.mjs";
import { clean } from "./clean.mjs";
import { installDependencies, packageProgram } from "./dependencies.mjs";
import { findNode } from "./node-binary.mjs";
import { repositoryDir } from "./paths.mjs";
import { passSignalsOn, runInTerminal } from "./processes.mjs";
import { announced, say } from "./progress.mjs";
import { findPulumiBinDir } from "./pulumi-cli.mjs";

/**
 * The steps of each command: `run` is a program in JavaScript and its arguments. A step with a title is
 * announced; only one that says itself how far it is, or waits for a person, goes without a heartbeat.
 */
const commands = {
  test: testSteps,
  soak: soakSteps,
  coverage: coverageSteps,
  mutate: mutateSteps,
  demo: (given) => [typeScript("test/demo/main.ts", ...given)],
  bench: (given) => [{ title: "bench", ...typeScript("test/bench/main.ts", ...given) }],
  emulator: (given) => [typeScript("test/emulator/main.ts", ...given)],
  "verify-emulator": (given) => [typeScript("test/verify-emulator/main.ts", ...given)],
  shell: (given) => [typeScript("test/shell/main.ts", ...given)],
  matrix: (given) => [{ title: "matrix", ...typeScript("test/matrix/main.ts", ...given) }],
  switches: switchesSteps,
  /** The public API, from its doc comments, as HTML in reference/. */
  reference: (given) => [
    { run: [packageProgram("typedoc"), "--options", "test/reference/typedoc.json", ...given] },
  ],
  /** What the plugin tells of itself, from the same doc comments. */
  schema: () => [typeScript("test/reference/write-plugin-schema.ts")],
  /** Asks what changed for users; with `version`, makes a release of the answers. */
  changeset: (given) => [{ run: [packageProgram("@changesets/cli", "changeset"), ...given] }],
  clean: undefined,
};
const onEngine = ["test", "soak", "demo", "bench", "shell", "matrix"];

function typeScript(program, ...given) {
  return { run: ["-r", "ts-node/register/transpile-only", path.normalize(program), ...given] };
}

/** A test of the engine waits for clocks while it is not at work: on two cores a third worker fills that time. */
function jestWith(given) {
  const isDecided = given.some((each) => /^(--maxWorkers|--runInBand|-i$|-w)/.test(each));
  const workers = isDecided ? [] : [`--maxWorkers=${os.availableParallelism() + 1}`];
  return { title: "jest", run: [packageProgram("jest"), ...workers, ...given], isTalkative: true };
}

/** The whole gate; with arguments, only the tests that they choose. */
function testSteps(jestArguments) {
  const jest = jestWith(jestArguments);
  if (jestArguments.length > 0) return [jest];
  return [
    { title: "prettier --check .", run: [packageProgram("prettier"), "--check", "."] },
    { title: "eslint .", run: [packageProgram("eslint"), "."] },
    { title: "tsc --noEmit -p .", run: [packageProgram("typescript", "tsc"), "--noEmit"] },
    // What nothing uses: files, exports, dependencies.
    { title: "knip", run: [packageProgram("knip"), "--treat-config-hints-as-errors"] },
    jest,
  ];
}

/**
 * The gate with every test at full depth (test/support/depth.ts), then unit tests under each value of each
 * switch, and the versions that the package claims; with arguments, only the tests that they choose, at full depth.
 */
function soakSteps(jestArguments) {
  const tests = testSteps(jestArguments).map((step) => ({ ...step, env: { DEPTH: "soak" } }));
  if (jestArguments.length > 0) return tests;
  return [...tests, ...switchesSteps([]), ...commands.matrix([])];
}

/** Unit tests under each value of each switch of the emulator; with arguments, a choice of them. */
function switchesSteps(given) {
  const which = ["--config", "test/switches/jest.config.cjs", "--findRelatedTests"];
  const { run, ...step } = jestWith([...which, "test/emulator/emulator.ts", ...given]);
  return [{ ...step, title: "jest under each switch", ...typeScript(...run) }];
}

/**
 * Shows what tests cover of provider/ in their own process; what the engine runs in another is not
 * counted. All unit tests together must cover 95% of the branches, a choice of them need not.
 */
function coverageSteps(jestArguments) {
  const all = ["test/unit", `--coverageThreshold=${JSON.stringify({ global: { branches: 95 } })}`];
  const tests = jestArguments.length > 0 ? jestArguments : all;
  return [jestWith(["--coverage", ...tests])];
}

/** Changes the code, or only the files that are named, and sees whether a unit test notices. */
function mutateSteps(files) {
  const folders = ["lifecycle", "keys", "vultr"].map((folder) => {
    const named = files.filter((file) => file.startsWith(`provider/${folder}/`));
    return { folder, named };
  });
  if (folders.flatMap(({ named }) => named).length < files.length)
    throw new Error("mutate: name files in lifecycle/, keys/ or vultr/ of provider/");
  const stryker = packageProgram("@stryker-mutator/core", "stryker");
  const run = [stryker, "run", "test/mutation/stryker.config.mjs"];
  return folders
    .filter(({ named }) => files.length === 0 || named.length > 0)
    .map(({ folder, named }) => ({
      title: `mutants of provider/${folder}/`,
      run: named.length > 0 ? [...run, "--mutate", named.join()] : run,
      env: { MUTATED_FOLDER: folder },
    }));
}

/**
 * All that a fresh clone lacks, in order; a second time it costs a fraction of a second.
 *
 * @returns the Node to run everything with, and the environment in which children find it and, if it is
 *   needed, the Pulumi CLI
 */
async function setUp({ needsPulumi }) {
  await installDependencies();
  const { node, nodeBinDir } = await findNode();
  await buildPackage(node);
  const pathOf = (...directories) =>
    [...directories, process.env.PATH].filter(Boolean).join(path.delimiter);
  const environment = { ...process.env, PATH: pathOf(nodeBinDir) };
  if (!needsPulumi) return { node, environment };
  const binDir = await findPulumiBinDir({ node, environment });
  const withPulumi = { PATH: pathOf(nodeBinDir, binDir), PULUMI_BIN_DIR: binDir };
  return { node, environment: { ...environment, ...withPulumi } };
}

async function main([name, ...given]) {
  if (!Object.hasOwn(commands, name ?? "")) {
    say(`usage: node test/toolchain/run.mjs <${Object.keys(commands).join(" | ")}> [arguments]`);
    return 2;
  }
  if (name === "clean") return clean(process.env);
  const { node, environment } = await setUp({ needsPulumi: onEngine.includes(name) });
  for (const { title, run, env, isTalkative } of commands[name](given)) {
    const inside = { cwd: repositoryDir, env: { ...environment, ...env } };
    const work = () => runInTerminal(node, run, inside);
    if (title && isTalkative) say(title);
    const exitCode = await (title && !isTalkative ? announced(title, work) : work());
    if (exitCode === 0) continue;
    if (title) say(`${title} failed`);
    return exitCode;
  }
  return 0;
}

passSignalsOn();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
