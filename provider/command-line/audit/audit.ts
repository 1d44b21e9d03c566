/** `audit`: compares Vultr's keys with the stacks' states. Changes nothing without --revoke. */
import { collectSettings, resolveSettings } from "../../settings";
import { connect, type ConnectionSettings } from "../../vultr/connect";
import { type Command, exitCodes } from "../command";
import { readLocks } from "../pulumi-cli";
import { classify, type Facts, unlistedKeys } from "./classify";
import { keysIn, keysOfUser, takeInventory } from "./inventory";
import { type AuditOptions, help, parseOptions } from "./options";
import { jsonReport, ofKinds, tableReport } from "./report";
import { revokeNamed } from "./revocation";
import { exportStack, readExport, type States } from "./states";

export const audit: Command = {
  summary: "compares the keys at Vultr with what stacks have in their state",
  help,
  async run(args, terminal) {
    const { clock, environment } = terminal;
    const options = parseOptions(args);
    const fromFiles = await Promise.all(options.files.map((file) => readExport(file, terminal)));
    const readStates = async (): Promise<States> => {
      // Locks come first: if a run ends between the two reads, the states already have its keys.
      const locks = options.revoke.length > 0 ? await readLocks(environment) : undefined;
      const states = [...fromFiles];
      for (const stack of options.stack) states.push(await exportStack(stack, environment));
      const stacks = [...new Set(states.flatMap((state) => state.stacks))];
      return { stacks, locks, records: states.flatMap(({ records }) => records) };
    };
    // If a stack cannot be exported, people should know before the long listing, not after it.
    await readStates();
    const settings = settingsOf(options, environment);
    const { apiKey: ownKey, apiUrl } = settings;
    const { client } = await connect(settings, clock);
    const context = { client, clock, apiUrl };
    try {
      const inventory = await takeInventory(context, options.user, terminal.say);
      let facts: Facts = { inventory, ...(await readStates()) };
      if (options.revoke.length > 0)
        facts = await revokeNamed(facts, { context, ownKey, options, terminal, readStates });
      await addKeysMadeMeanwhile(facts, context);
      const keys = classify(facts, clock.now(), options.expiresWithinMs);
      const { json, all, failOn } = options;
      terminal.print(
        json ? jsonReport(facts, keys, failOn) : tableReport(facts, keys, all, terminal),
      );
      return ofKinds(keys, failOn).length > 0 ? exitCodes.findings : exitCodes.success;
    } finally {
      await client.close();
    }
  },
};

/** A run may make keys while many users are listed: the states, read after that, have them. Lists their users again, without keys newer than the states. */
async function addKeysMadeMeanwhile(
  facts: Facts,
  looker: Parameters<typeof keysOfUser>[0],
): Promise<void> {
  const { keys } = facts.inventory;
  const known = new Set([...keysIn(facts.inventory), ...facts.records].map(({ keyId }) => keyId));
  for (const userId of new Set(unlistedKeys(facts).map(({ record }) => record.userId))) {
    if (!keys.has(userId)) continue;
    const listed = await keysOfUser(looker, userId);
    const notNewer = listed.filter(({ keyId }) => known.has(keyId));
    keys.set(userId, notNewer);
  }
}

/** The provider's settings. There is no stack here, so they come from the environment and the options. */
function settingsOf(options: AuditOptions, environment: NodeJS.ProcessEnv): ConnectionSettings {
  const fromEnvironment = collectSettings(() => undefined, environment);
  const requestsPerSecond = options["requests-per-second"];
  return resolveSettings({ ...fromEnvironment, requestsPerSecond });
}
