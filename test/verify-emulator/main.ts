/** `npm run verify-emulator`: holds the emulator against a real account, or tries that on an emulator. */
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";

import { startEmulator } from "../emulator";
import { runCommandLine } from "../support/usage";
import { handSteps, type Risk, risks } from "./probes";
import { switchesFileOf, tableOf, verify } from "./report";
import { Visit } from "./visit";

const switchesFile = "verify-emulator.switches.json";

const usage = `Usage: VULTR_VERIFY_ACCOUNT=yes VULTR_API_KEY=… npm run verify-emulator [-- options]

Asks a real account what the emulator assumes, and writes the answers to ${switchesFile}.
EMULATOR_SWITCHES=${switchesFile} npm test then runs all tests under them.

It makes one service user, works with the keys of that user alone, and deletes both in the end. That takes
about 90 requests, at most 5 a second, and four minutes. Without VULTR_VERIFY_ACCOUNT it asks an emulator.

${Object.entries(risks)
  .map(([risk, why]) => `  --${risk.padEnd(13)} also what is risky: it ${why}`)
  .join("\n")}
  --clean         only deletes what killed visits have left
  --help          this text
`;

const riskNames = Object.keys(risks) as Risk[];
const flag = { type: "boolean", default: false } as const;
const options = Object.fromEntries([...riskNames, "clean"].map((name) => [name, flag]));

async function main(given: Record<string, boolean | undefined>): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  await using target = await targetOf(process.env);
  const visit = new Visit({
    ...target,
    pace: () => wait(target.pauseMs),
    wait: (ms) => wait(ms),
    now: Date.now,
    patienceMs: 60_000,
  });
  const clean = async () => {
    const left = await visit.clean();
    for (const what of left) say(`could not delete ${what}: run with --clean`);
    if (left.length > 0) process.exitCode = 1;
  };
  if (given["clean"]) {
    await clean();
    return;
  }
  const stop = () => {
    say("Cleaning up …");
    visit.stop();
    void clean().then(() => process.exit(130));
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const found = await verify(visit, {
    allowed: riskNames.filter((risk) => given[risk]),
    byHand: async (step) => {
      await terminal.question(`User ${visit.userId}: ${handSteps[step]}. Then press Enter. `);
    },
    say,
  }).finally(async () => {
    terminal.close();
    await clean();
  });
  say(`\n${tableOf(found)}\n`);
  say(`${visit.replies.length} requests. "new row": the emulator has no value for what was seen.`);
  writeFileSync(switchesFile, switchesFileOf(found));
}

async function targetOf(environment: NodeJS.ProcessEnv) {
  const { VULTR_VERIFY_ACCOUNT: consent, VULTR_API_KEY: apiKey, VULTR_API_URL } = environment;
  if (consent === "yes") {
    if (apiKey === undefined) throw new Error("VULTR_API_KEY is missing.");
    const url = (VULTR_API_URL ?? "https://api.vultr.com/v2").replace(/\/+$/, "");
    return { url, apiKey, pauseMs: 200, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  process.stdout.write("VULTR_VERIFY_ACCOUNT is not yes: asking an emulator.\n");
  const vultr = await startEmulator();
  const { url, rootApiKey } = vultr;
  return { url, apiKey: rootApiKey, pauseMs: 40, [Symbol.asyncDispose]: () => vultr.close() };
}

runCommandLine("verify-emulator", usage, options, main);
