/**
 * Preloaded into the engine's Node processes (NODE_OPTIONS=--require): each adds a line with its id and
 * its program to the file STARTED_PROCESSES before it does anything else.
 */
"use strict";

const { appendFileSync } = require("node:fs");

appendFileSync(process.env.STARTED_PROCESSES, `${process.pid} ${process.argv[1] ?? ""}\n`);
