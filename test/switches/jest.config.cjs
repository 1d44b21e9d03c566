/**
 * The unit tests that use the emulator, once under each value that a switch may have beside its default: one project of
 * Jest a value, which gives failures its name. The emulator's own tests are about its defaults.
 */
"use strict";

const { mkdirSync, writeFileSync } = require("node:fs");
const path = require("node:path");

const { jest: usual } = require("../../package.json");
const { switchAlternatives } = require("../emulator/switches");

const rootDir = path.join(__dirname, "..", "..");
const folder = path.join(rootDir, "node_modules", ".cache", "switches");
mkdirSync(folder, { recursive: true });

const { roots, transform, cacheDirectory, ...ofAll } = usual;

/** Under these nobody gets a key that works: test/lifecycle/under-every-switch.test.ts sees each create fail, and tell why. */
const withoutKeys = [
  "createBody empty",
  "createBody masked",
  "lostCreateReply reset",
  "lostCreateReply timeout",
  "lostCreateReply 504-html",
];

const projects = Object.entries(switchAlternatives).flatMap(([name, values]) =>
  values.map((value) => {
    const label = `${name} ${JSON.stringify(value).replaceAll('"', "")}`;
    const file = path.join(folder, `${label.replaceAll(/\W+/g, "-")}.json`);
    writeFileSync(file, JSON.stringify({ [name]: value }));
    return {
      ...{ rootDir, roots, transform, cacheDirectory },
      displayName: label,
      testMatch: withoutKeys.includes(label)
        ? ["<rootDir>/test/unit/{audit,client,doctor}/*.test.ts"]
        : ["<rootDir>/test/unit/**/*.test.ts"],
      testPathIgnorePatterns: ["/test/unit/(emulator|bench|resource)/"],
      globals: { switchesFile: file },
      setupFiles: ["<rootDir>/test/switches/set-switches.cjs"],
    };
  }),
);

module.exports = { ...ofAll, rootDir, projects, workerIdleMemoryLimit: "700MB" };
