#!/usr/bin/env node
/** The plugin's program: Pulumi starts it, and calls it on the port that it prints. */
import { createSession } from "../session";
import { logOf, serve } from "./protocol";
import { createService } from "./service";

// Standard output is for the port alone.
const print = (line: string) => void process.stderr.write(`${line}\n`);

const [, , engineAddress] = process.argv;
const log = engineAddress === undefined ? undefined : logOf(engineAddress);
serve(createService(createSession({ print }), log));
