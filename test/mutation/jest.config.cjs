"use strict";

const whole = require("../../jest.config.js");

/** Rooms of test/unit about provider/lifecycle and provider/vultr. */
const rooms = ["client", "errors", "lifecycle", "rate-limit", "retry", "transport"];

/**
 * The tests that judge a mutant: unit tests of the code in question, which run it in their own
 * process and in milliseconds. Commands, random histories and the engine would judge it too, in minutes.
 *
 * @type {import("jest").Config}
 */
module.exports = {
  ...whole,
  rootDir: "../..",
  testMatch: rooms.map((room) => `<rootDir>/test/unit/${room}/**/*.test.ts`),
};
