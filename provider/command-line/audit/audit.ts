/** `audit`: Vultr's keys against the stacks' states. Changes nothing unless told to revoke orphans. */
import { collectSettings, resolveSettings, type Settings } from "../../config";
import { connect } from "../../connection";
import { type Command, exitCodes, UsageError } from "../command";
import type { Terminal } from "../terminal";
import { classify, isOfOtherOrganisation } from "./classify";
import { takeInventory } from "./inventory";
import { type AuditOptions, help, parseOptions } from "./options";
import { isAgreed, revokeOrphans } from "./orphans";
import { type AuditReport, isFinding, jsonReport, tableReport } from "./report";
import { exportStack, readStackExports } from "./stack-sources";
import type { StackState } from "./stack-state";

export const audit: Command = {
  summary: "compares the keys at Vultr with what stacks have in their state",
  help,
  async run(args, terminal) {
    const options = parseOptions(args);
    const given = await readStackExports(options.files, terminal);
    // A stack that cannot be exported should say so before the long listing, not after it.
    for (const stack of options.stacks) await exportStack(stack, terminal);
    const settings = settingsOf(options, terminal);
    const { clock } = terminal;
    const { client } = await connect(settings, clock);
    try {
      const inventory = await takeInventory({ client, terminal, wanted: options.users });
      const fresh: StackState[] = [];
      for (const stack of options.stacks) fresh.push(await exportStack(stack, terminal));
      const states = [
        ...fresh,
        ...given.filter(({ stack }) => !fresh.some((state) => state.stack === stack)),
      ];
      const { expiresWithinMs, failOn } = options;
      const keys = classify({ inventory, states, nowMs: clock.now(), expiresWithinMs });
      const report: AuditReport = {
        keys,
        userCount: inventory.users.size,
        stacks: states.map(({ stack }) => stack),
        otherOrganisationCount: states
          .flatMap((state) => state.keys)
          .filter((key) => isOfOtherOrganisation(key, inventory)).length,
        failOn,
      };
      terminal.print(options.json ? jsonReport(report) : tableReport(report, options.all));

      const orphans = keys.filter((key) => key.class === "orphan");
      const isRevoking =
        options.revokeOrphans &&
        orphans.length > 0 &&
        (await isAgreed(orphans, options.yes, terminal));
      if (isRevoking)
        await revokeOrphans(orphans, { client, clock, apiUrl: settings.apiUrl }, terminal);
      const left = isRevoking ? keys.filter((key) => key.class !== "orphan") : keys;
      return left.some((key) => isFinding(key, failOn)) ? exitCodes.findings : exitCodes.success;
    } finally {
      await client.close();
    }
  },
};

/** The provider's own settings, from the environment alone: there is no stack here. */
function settingsOf({ requestsPerSecond }: AuditOptions, { environment }: Terminal): Settings {
  const fromEnvironment = collectSettings(() => undefined, environment);
  if (fromEnvironment.apiKey === undefined)
    throw new UsageError("no Vultr management key is set: put it into VULTR_API_KEY");
  return resolveSettings({ ...fromEnvironment, requestsPerSecond });
}
