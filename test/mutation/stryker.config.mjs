/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  mutate: ["provider/lifecycle/**/*.ts", "provider/vultr/**/*.ts"],
  testRunner: "jest",
  jest: { configFile: "test/mutation/jest.config.cjs" },
  coverageAnalysis: "perTest",
  mutator: { excludedMutations: ["StringLiteral"] },
  ignorePatterns: ["/dist", "/coverage", "/examples"],
  tempDirName: "coverage/mutation/sandbox",
  reporters: ["clear-text", "html", "json"],
  clearTextReporter: { reportTests: false, logTests: false, allowColor: false },
  htmlReporter: { fileName: "coverage/mutation/report.html" },
  jsonReporter: { fileName: "coverage/mutation/report.json" },
  timeoutMS: 15_000,
};
