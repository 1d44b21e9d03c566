"use strict";

const whole = require("../../jest.config.js");

/**
 * The tests that judge a mutant: unit tests of the code in question, which run it in their own
 * process and in milliseconds. Random histories and the engine would judge it too, in minutes.
 *
 * @type {import("jest").Config}
 */
module.exports = {
  ...whole,
  rootDir: "../..",
  testMatch: ["<rootDir>/test/unit/**/*.test.ts"],
  // These load the whole provider anew for every test.
  testPathIgnorePatterns: ["<rootDir>/test/unit/provider"],
};
