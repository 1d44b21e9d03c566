"use strict";

const { availableParallelism } = require("node:os");

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  // Files that no test loads are found below a root, and count as not covered.
  roots: ["<rootDir>/test", "<rootDir>/provider"],
  transform: { "\\.ts$": ["ts-jest", { tsconfig: "tsconfig.json", diagnostics: false }] },
  // Beside what the set-up remembers, so that `npm run clean` finds it.
  cacheDirectory: "<rootDir>/node_modules/.cache/pulumi-vultr-user-api-key/jest",
  // Ends what hangs, and nothing else: a test waits for events, which are late on a busy machine.
  testTimeout: 600_000,
  // A test of the engine waits for the emulator and for clocks while it is not at work: on two cores a
  // third worker fills that time.
  maxWorkers: availableParallelism() + 1,
  testSequencer: "<rootDir>/test/support/slowest-first.cjs",
  reporters: ["default", "<rootDir>/test/support/progress-reporter.cjs"],
  coverageProvider: "v8",
  collectCoverageFrom: ["provider/**/*.ts"],
  coverageReporters: [["text", { skipFull: true }], "html"],
};
