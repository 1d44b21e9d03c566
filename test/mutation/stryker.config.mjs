/**
 * Mutation testing: changes the code a little, many times, and runs unit tests on each change. A
 * change that no test notices is one that somebody could make by mistake.
 *
 * A few in a hundred survive and may: `>` against `>=` at the very millisecond of a time limit,
 * conditions that only narrow a type, shortcuts whose long way gives the same, anchors of a pattern
 * that another rule repeats, forgetting what is no longer looked at.
 */

/**
 * The tests that judge a mutant of a folder: those in test/unit that are about it, which run it in their
 * own process and in milliseconds. Random histories and the engine would judge it too, in minutes.
 */
const tests = {
  lifecycle: ["lifecycle"],
  keys: ["lifecycle"],
  vultr: ["client", "config", "errors", "rate-limit", "retry", "transport"],
};
/** The folder of provider/ whose turn it is. */
const folder = process.env.MUTATED_FOLDER ?? "lifecycle";

export default {
  mutate: [`provider/${folder}/**/*.ts`],
  // Most strings are wording, which tests do not pin down. Those that are not (methods, paths, the
  // names of args and fields) decide what is sent and kept, and that the tests do look at.
  mutator: { excludedMutations: ["StringLiteral"] },
  testRunner: "jest",
  jest: { config: { testMatch: tests[folder].map((each) => `**/test/unit/${each}/**/*.test.ts`) } },
  coverageAnalysis: "perTest",
  // A mutant may wait for ever; a busy machine must not look like one.
  timeoutMS: 15_000,
  // Loops that a mutant left running end with their process.
  maxTestRunnerReuse: 20,
  // Everything below coverage/, which neither git nor a linter reads.
  tempDirName: "coverage/mutation/sandbox",
  ignorePatterns: ["/coverage"],
  reporters: ["progress", "clear-text", "html", "json"],
  clearTextReporter: { reportTests: false, logTests: false },
  htmlReporter: { fileName: `coverage/mutation/${folder}.html` },
  jsonReporter: { fileName: `coverage/mutation/${folder}.json` },
  thresholds: { high: 95, low: 90, break: 90 },
};
