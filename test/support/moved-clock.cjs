/**
 * Preloaded into the engine's Node processes (NODE_OPTIONS=--require): their clock is ahead by
 * MOVED_CLOCK_MS milliseconds. Tests see months pass on the real engine without waiting.
 */
"use strict";

const aheadMs = Number(process.env.MOVED_CLOCK_MS ?? "0");
const RealDate = Date;
const now = RealDate.now.bind(RealDate);

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(now() + aheadMs);
    else super(...args);
  }

  static now() {
    return now() + aheadMs;
  }
};
