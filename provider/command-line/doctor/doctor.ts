/** `doctor`: what stands between this machine and a key that works. Changes nothing, unless told to --try. */
import { manifest } from "../../manifest";
import { connect } from "../../vultr/connect";
import {
  asJson,
  type Command,
  exitCodes,
  flag,
  optionLines,
  parsedArgs,
  text,
  texts,
  UsageError,
} from "../command";
import { inWordsOf } from "../../words";
import type { Terminal } from "../terminal";
import { checkKey, checkUser } from "./account";
import { type Check, type Checks, inWords, lineOf, named } from "./check";
import { checkMachine, type Machine, thisMachine } from "./machine";
import { checkNetwork } from "./network";
import { type CheckedSettings, checkSettings } from "./settings";
import { tryKey } from "./trial";

const stackDoes = "settings of this stack (default: the one that the project has selected)";
const tryDoes = "make a key for the one --user that expires in ten minutes, prove it, delete it";
const options = {
  user: { ...texts, takes: " <id or e-mail>", does: "look at this user too; may be repeated" },
  stack: { ...text, takes: " <name>", does: stackDoes },
  try: { ...flag, does: tryDoes },
  json: { ...flag, does: "the checks as JSON" },
} as const;

const help = `Usage: npx pulumi-vultr-user-api-key doctor [options]

Looks for what keeps keys from being made: Node and packages, settings and where each comes from, the way
to Vultr, this machine's clock, the management key and its rights, and each --user. Uses the settings that a
run would use. Without --try it sends only reads, and it shows no secret.

A line for each check says ok, warning, failed or skipped; beneath a warning or a failure it says what to do.

${optionLines(options)}

Environment: VULTR_API_KEY, VULTR_API_URL, NO_COLOR.
Exit codes: 0 nothing has failed, 1 something has, 2 it was called in a way that it does not understand.

JSON: { schemaVersion: 1, version, checks }. A check has check (its name), status, text and, if there is
something to do, advice. Names and fields stay; new ones may come.

Example: npx pulumi-vultr-user-api-key doctor --stack production --user deployer@example.com`;

type Options = ReturnType<typeof parseOptions>;

function parseOptions(args: readonly string[]) {
  const { values } = parsedArgs({ args, options });
  if (values.try && values.user.length !== 1)
    throw new UsageError("--try makes a key for exactly one user: give one --user");
  return values;
}

/** @param machine stood in for by tests */
export const doctorOn = (machine: Machine): Command => ({
  summary: "looks for what keeps keys from being made: settings, network, clock, rights",
  help,
  reader: "doctor",
  async run(args, terminal) {
    const asked = parseOptions(args);
    const checks: Check[] = [];
    for await (const check of examine(asked, machine, terminal)) {
      checks.push(check);
      if (!asked.json) terminal.print(lineOf(check, terminal.hasColours));
    }
    const report = { schemaVersion: 1, version: manifest().version, checks };
    if (asked.json) terminal.print(asJson(report));
    const hasFailed = checks.some(({ status }) => status === "failed");
    return hasFailed ? exitCodes.findings : exitCodes.success;
  },
});

export const doctor = doctorOn(thisMachine);

/** Everything in the order in which it depends on each other: what cannot be looked at is said once. */
async function* examine(asked: Options, machine: Machine, terminal: Terminal): Checks {
  yield* checkMachine(machine);
  const { folder } = machine;
  const { environment } = terminal;
  const settings = yield* checkSettings({ folder, stack: asked.stack, environment });
  if (settings === undefined)
    yield named("network").skipped("Vultr is asked nothing until the settings are right");
  else yield* inWords(settings.reader, examineVultr(settings, asked, machine, terminal));
}

async function* examineVultr(
  settings: CheckedSettings,
  asked: Options,
  { probe }: Machine,
  terminal: Terminal,
): Checks {
  const { apiKey, apiUrl } = settings;
  const { clock } = terminal;
  const sayOfTrial = (text: string) => {
    terminal.say(inWordsOf(settings.reader, text));
  };
  const connection = await connect({ ...settings, apiKey: apiKey ?? "none" }, clock);
  try {
    const takeTurn = () => connection.limiter.takeTurn(Infinity);
    const localAddresses = yield* checkNetwork(apiUrl, terminal, probe, takeTurn);
    if (apiKey === undefined || localAddresses === undefined) {
      const what = apiKey === undefined ? "there is a key to ask with" : "it answers";
      yield named("key").skipped(`Vultr is asked nothing more until ${what}`);
      return;
    }
    const account = { ...connection, clock, apiKey, apiUrl, localAddresses };
    const users = yield* checkKey(account);
    for (const wanted of asked.user) {
      const user = yield* checkUser(account, users, wanted);
      if (asked.try && user !== undefined) yield* tryKey(account, user, sayOfTrial);
    }
  } finally {
    await connection.client.close();
  }
}
