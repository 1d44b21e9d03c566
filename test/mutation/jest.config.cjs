"use strict";

const { roots: _, ...whole } = require("../../jest.config.js");

/**
 * The tests that judge a mutant: unit tests, which run the code in their own process and in
 * milliseconds. Random histories and the engine would judge it too, in minutes.
 *
 * @type {import("jest").Config}
 */
module.exports = { ...whole, rootDir: "../..", roots: ["<rootDir>/test/unit"] };
