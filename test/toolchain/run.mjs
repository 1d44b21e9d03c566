/**
 * What the npm scripts start: prepares a clone, however fresh, and then runs one command in it.
 * Nothing is imported but Node's own modules and files beside this one, since dependencies may not
 * be there yet.
 *
 * Usage: node test/toolchain/run.mjs <command> [arguments of the command]; the commands are named below.
 */
import path from "node:path";
import { clearInterval, setInterval } from "node:timers";

import { clean } from "./clean.mjs";
import { packageProgram } from "./dependencies.mjs";
import { repositoryDir } from "./paths.mjs";
import { passSignalsOn, runInTerminal } from "./processes.mjs";
import { say } from "./progress.mjs";
import { setUp } from "./set-up.mjs";

const heartbeatIntervalMs = 9_000;

const commands = {
  test: { needsPulumi: true, steps: testSteps },
  soak: { needsPulumi: true, steps: soakSteps },
  coverage: { needsPulumi: false, steps: coverageSteps },
  mutate: { needsPulumi: false, steps: mutateSteps },
  demo: { needsPulumi: true, steps: (given) => [typeScript("test/demo/main.ts", given)] },
  bench: { needsPulumi: true, steps: (given) => [typeScript("test/bench/main.ts", given)] },
  emulator: { needsPulumi: false, steps: (given) => [typeScript("test/emulator/main.ts", given)] },
  shell: { needsPulumi: true, steps: (given) => [typeScript("test/shell/main.ts", given)] },
  matrix: { needsPulumi: true, steps: (given) => [typeScript("test/matrix/main.ts", given)] },
  "record-state": { needsPulumi: true, steps: () => [typeScript("test/states/record.ts", [])] },
  reference: { needsPulumi: false, steps: referenceSteps },
  changeset: { needsPulumi: false, steps: changesetSteps },
  clean: { instead: clean },
};

/** The whole gate; with arguments, only the tests that they choose. */
function testSteps(jestArguments) {
  const jest = {
    title: "jest",
    run: [packageProgram("jest"), ...jestArguments],
    saysHowFarItIs: true,
  };
  if (jestArguments.length > 0) return [jest];
  return [
    { title: "prettier --check .", run: [packageProgram("prettier"), "--check", "."] },
    { title: "eslint .", run: [packageProgram("eslint"), "."] },
    {
      title: "tsc --noEmit -p .",
      run: [packageProgram("typescript", "tsc"), "--noEmit", "-p", "."],
    },
    // What nothing uses: files, exports, dependencies.
    { title: "knip", run: [packageProgram("knip"), "--treat-config-hints-as-errors"] },
    jest,
  ];
}

/**
 * The gate with every test at full depth (test/support/depth.ts), and then the versions that the package
 * claims; with arguments, only the tests that they choose, at full depth.
 */
function soakSteps(jestArguments) {
  const tests = testSteps(jestArguments).map((step) => ({ ...step, env: { DEPTH: "soak" } }));
  if (jestArguments.length > 0) return tests;
  return [...tests, { title: "matrix", ...typeScript("test/matrix/main.ts", []) }];
}

/**
 * Shows what tests cover of provider/ in their own process; what the engine runs in another is not
 * counted. All unit tests together must cover 95% of the branches, a choice of them need not.
 */
function coverageSteps(jestArguments) {
  const all = ["test/unit", `--coverageThreshold=${JSON.stringify({ global: { branches: 95 } })}`];
  const tests = jestArguments.length > 0 ? jestArguments : all;
  return [{ title: "jest --coverage", run: [packageProgram("jest"), "--coverage", ...tests] }];
}

const mutatedRooms = ["lifecycle", "keys", "vultr"];

/** Changes the code, or only the files that are named, and sees whether a unit test notices. */
function mutateSteps(files) {
  const folderOf = (room) => `provider/${room}/`;
  const stray = files.find((file) => !mutatedRooms.some((room) => file.startsWith(folderOf(room))));
  if (stray !== undefined)
    throw new Error(
      `mutate: name files of ${mutatedRooms.map(folderOf).join(" or ")}, not ${stray}`,
    );
  return mutatedRooms.flatMap((room) => {
    const inRoom = files.filter((file) => file.startsWith(folderOf(room)));
    if (files.length > 0 && inRoom.length === 0) return [];
    const only = inRoom.length === 0 ? [] : ["--mutate", inRoom.join(",")];
    const stryker = packageProgram("@stryker-mutator/core", "stryker");
    const title = `mutants of provider/${room}`;
    return [{ title, run: [stryker, "run", `test/mutation/${room}.mjs`, ...only] }];
  });
}

/** The public API, from its doc comments, as HTML in reference/. */
function referenceSteps(given) {
  return [
    { run: [packageProgram("typedoc"), "--options", "test/reference/typedoc.json", ...given] },
  ];
}

/** Asks what changed for users; with `version`, makes a release of the answers. */
function changesetSteps(given) {
  return [{ run: [packageProgram("@changesets/cli", "changeset"), ...given] }];
}

function typeScript(program, given) {
  return { run: ["-r", "ts-node/register/transpile-only", path.normalize(program), ...given] };
}

/** Shows that a step without progress of its own is at work. */
function startHeartbeat(title) {
  const startMs = Date.now();
  const seconds = () => Math.round((Date.now() - startMs) / 1_000);
  return setInterval(() => say(`… still ${title} (${seconds()} s)`), heartbeatIntervalMs);
}

async function main([name, ...given]) {
  const command = Object.hasOwn(commands, name ?? "") ? commands[name] : undefined;
  if (!command) {
    say(`usage: node test/toolchain/run.mjs <${Object.keys(commands).join(" | ")}> [arguments]`);
    return 2;
  }
  if (command.instead) return command.instead(process.env);
  const { node, environment } = await setUp(command);
  for (const { title, run, env, saysHowFarItIs } of command.steps(given)) {
    if (title) say(title);
    const heartbeat = title && !saysHowFarItIs ? startHeartbeat(title) : undefined;
    const inside = { cwd: repositoryDir, env: { ...environment, ...env } };
    const exitCode = await runInTerminal(node, run, inside);
    clearInterval(heartbeat);
    if (exitCode !== 0) {
      if (title) say(`${title} failed`);
      return exitCode;
    }
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
