/** `audit`: Vultr's keys against the stacks' states. Changes nothing but what --revoke names. */
import { collectSettings, resolveSettings, type Settings } from "../../settings";
import { connect } from "../../vultr/connect";
import { type Command, exitCodes, UsageError } from "../command";
import { isLocked, readLocks } from "../pulumi-cli";
import { classify, type Sight } from "./classify";
import { takeInventory } from "./inventory";
import { type AuditOptions, help, parseOptions } from "./options";
import { jsonReport, keysOf, tableReport } from "./report";
import { revokeNamed } from "./revocation";
import { exportStack, readExport, type States } from "./states";

export const audit: Command = {
  summary: "compares the keys at Vultr with what stacks have in their state",
  help,
  inItsWords: (text) =>
    text
      .replace(/`pulumi config set --secret vultr:apiKey`, or the environment variable /, "")
      .replace(/`?vultr:apiUrl`?( \(or VULTR_API_URL\))?/, "VULTR_API_URL")
      .replace(/vultr:apiKey \(or VULTR_API_KEY\)/, "VULTR_API_KEY")
      .replace(/`?vultr:requestsPerSecond`?/, "--requests-per-second"),
  async run(args, terminal) {
    const { clock, environment } = terminal;
    const options = parseOptions(args);
    const given = await Promise.all(options.files.map((file) => readExport(file, terminal)));
    const readStates = async (): Promise<States> => {
      // Locks first: a run that ends in between has its keys in the states.
      const locks = options.revoke.length > 0 ? await readLocks(environment) : undefined;
      const states = [...given];
      for (const stack of options.stack) states.push(await exportStack(stack, environment));
      const stacks = [...new Set(states.flatMap((state) => state.stacks))];
      const locked = locks && stacks.filter((stack) => isLocked(stack, locks));
      return { stacks, locked, records: states.flatMap(({ records }) => records) };
    };
    // A stack that cannot be exported should say so before the long listing, not after it.
    await readStates();
    const { apiUrl, apiKey: ownKey, ...limits } = settingsOf(options, environment);
    const { client } = await connect({ apiUrl, apiKey: ownKey, ...limits }, clock);
    const context = { client, clock, apiUrl };
    try {
      const inventory = await takeInventory(context, options.user, terminal.say);
      let sight: Sight = { inventory, ...(await readStates()) };
      if (options.revoke.length > 0)
        sight = await revokeNamed(sight, { context, ownKey, options, terminal, readStates });
      const keys = classify(sight, clock.now(), options.expiresWithinMs);
      const { json, all, failOn } = options;
      terminal.print(
        json ? jsonReport(sight, keys, failOn) : tableReport(sight, keys, all, terminal),
      );
      return keysOf(keys, failOn).length > 0 ? exitCodes.findings : exitCodes.success;
    } finally {
      await client.close();
    }
  },
};

/** The provider's own settings, from the environment alone: there is no stack here. */
function settingsOf(options: AuditOptions, environment: NodeJS.ProcessEnv): Settings {
  const fromEnvironment = collectSettings(() => undefined, environment);
  if (fromEnvironment.apiKey === undefined)
    throw new UsageError("no Vultr management key is set: put it into VULTR_API_KEY");
  const requestsPerSecond = options["requests-per-second"];
  return resolveSettings({ ...fromEnvironment, requestsPerSecond });
}
