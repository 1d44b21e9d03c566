"use strict";

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  // Files that no test loads are found below a root, and count as not covered.
  roots: ["<rootDir>/test", "<rootDir>/provider"],
  transform: { "\\.ts$": ["ts-jest", { tsconfig: "tsconfig.json", diagnostics: false }] },
  coverageProvider: "v8",
  collectCoverageFrom: ["provider/**/*.ts"],
  coverageReporters: [["text", { skipFull: true }], "html"],
};
