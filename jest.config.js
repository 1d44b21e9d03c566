"use strict";

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  // Files that no test loads are found below a root, and count as not covered.
  roots: ["<rootDir>/test", "<rootDir>/provider"],
  transform: { "\\.ts$": ["ts-jest", { tsconfig: "tsconfig.json", diagnostics: false }] },
  // Beside what the set-up remembers, so that `npm run clean` finds it.
  cacheDirectory: "<rootDir>/node_modules/.cache/pulumi-vultr-user-api-key/jest",
  coverageProvider: "v8",
  collectCoverageFrom: ["provider/**/*.ts"],
  coverageReporters: [["text", { skipFull: true }], "html"],
};
