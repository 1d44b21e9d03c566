/**
 * The unit tests that use the emulator, once under each value that a switch may have beside its default: one project of
 * Jest a value, which gives failures its name. The emulator's own tests are about its defaults.
 */
"use strict";

const { mkdirSync, writeFileSync } = require("node:fs");
const path = require("node:path");

const { jest: usual } = require("../../package.json");
const { clearFailures, everySwitch } = require("../support/every-switch");

const rootDir = path.join(__dirname, "..", "..");
const folder = path.join(rootDir, "node_modules", ".cache", "switches");
mkdirSync(folder, { recursive: true });

const { roots, transform, cacheDirectory, ...ofAll } = usual;

const projects = everySwitch.map(({ name, label, switches }) => {
  const file = path.join(folder, `${label.replaceAll(/\W+/g, "-")}.json`);
  writeFileSync(file, JSON.stringify(switches));
  // Then nobody gets a key that works: test/lifecycle/under-every-switch.test.ts sees each create fail, and tell why.
  const isWithoutKeys = clearFailures[label] !== undefined && !name.startsWith("key");
  return {
    ...{ rootDir, roots, transform, cacheDirectory },
    displayName: label.replaceAll('"', ""),
    testMatch: [`<rootDir>/test/unit/${isWithoutKeys ? "{audit,client,doctor}" : "**"}/*.test.ts`],
    testPathIgnorePatterns: ["/test/unit/(emulator|bench|resource)/"],
    globals: { switchesFile: file },
    setupFiles: ["<rootDir>/test/switches/set-switches.cjs"],
  };
});

module.exports = { ...ofAll, rootDir, projects, workerIdleMemoryLimit: "700MB" };
