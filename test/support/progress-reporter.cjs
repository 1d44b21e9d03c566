/**
 * Says what runs and how much is left whenever Jest's own reporter has been silent for some seconds, so
 * that nobody wonders whether a long run hangs. Failures and the summary are the own reporter's.
 */
"use strict";

const path = require("node:path");
const { clearInterval, setInterval } = require("node:timers");

/** A line is due within ten seconds, and the timer may be late. */
const silenceMs = 8_000;
const lookEveryMs = 500;

module.exports = class ProgressReporter {
  #running = new Map();
  #done = 0;
  #all = 0;
  #lastLineMs = 0;
  #timer;
  #now;
  #say;

  /** Jest gives its configuration and no options; a test gives a clock and listens. */
  constructor(_configuration, options = {}) {
    this.#now = options.now ?? Date.now;
    this.#say = options.say ?? ((line) => process.stderr.write(`${line}\n`));
  }

  onRunStart({ numTotalTestSuites }) {
    this.#all = numTotalTestSuites;
    this.#done = 0;
    this.#lastLineMs = this.#now();
    this.#timer = setInterval(() => this.lookAround(), lookEveryMs);
    this.#timer.unref();
  }

  onTestFileStart(test) {
    this.#running.set(test.path, { name: nameOf(test), startedMs: this.#now() });
  }

  onTestFileResult(test) {
    this.#running.delete(test.path);
    this.#done += 1;
    this.#lastLineMs = this.#now();
  }

  onRunComplete() {
    clearInterval(this.#timer);
  }

  lookAround() {
    const nowMs = this.#now();
    if (nowMs - this.#lastLineMs < silenceMs) return;
    this.#lastLineMs = nowMs;
    const running = [...this.#running.values()].map(
      ({ name, startedMs }) => `${name} (${Math.round((nowMs - startedMs) / 1_000)} s)`,
    );
    const what = running.join(", ") || "nothing yet";
    this.#say(`… running ${what}; ${this.#done} of ${this.#all} files done`);
  }
};

/** Such as `e2e/audit`. */
function nameOf({ path: file, context }) {
  const name = path.relative(path.join(context.config.rootDir, "test"), file);
  return name.replace(/\.test\.ts$/, "");
}
