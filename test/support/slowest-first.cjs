/**
 * The order in which Jest starts files: those that drive the engine or play many histories first, so that none
 * of them is left to run alone when all else is done. Within a room, Jest's own order: what took longest the last time.
 */
"use strict";

const path = require("node:path");
const { default: Sequencer } = require("@jest/test-sequencer");

const slowRooms = ["e2e", "packaging", "bench", "reference", "shell", "lifecycle"].map((room) =>
  path.join("test", room),
);

module.exports = class SlowestFirst extends Sequencer {
  sort(tests) {
    const inOrder = super.sort(tests);
    const isSlow = (test) =>
      slowRooms.includes(path.relative(test.context.config.rootDir, path.dirname(test.path)));
    return [...inOrder.filter(isSlow), ...inOrder.filter((test) => !isSlow(test))];
  }
};
