/** What `audit` can be told, and how it says so. */
import { parseArgs } from "node:util";

import { parseDuration } from "../../lifecycle/duration";
import { UsageError } from "../command";
import { type FindingKind, findingKinds } from "./report";

export interface AuditOptions {
  /** Files with `pulumi stack export`; `-` is standard input. */
  files: string[];
  /** Stacks whose state the audit exports itself. */
  stacks: string[];
  /** Ids or e-mail addresses; empty means everybody. */
  users: string[];
  expiresWithinMs: number;
  failOn: ReadonlySet<FindingKind>;
  requestsPerSecond: string | undefined;
  json: boolean;
  all: boolean;
  revokeOrphans: boolean;
  yes: boolean;
}

const defaultExpiresWithin = "30d";
const defaultFailOn = "orphan,suspected-orphan,missing,pending-deletion,expired";

export const help = `Usage: npx pulumi-vultr-user-api-key audit [options] [<state.json> | -]...

Compares the API keys of the account's users with the state of one or more stacks, and says which are
managed, unmanaged, left by an interrupted run, pending deletion, missing at Vultr, expiring or expired.

State comes from files that \`pulumi stack export --file state.json\` wrote, from standard input (-), or
straight from the Pulumi CLI with --stack. No passphrase and no plaintext is needed. Give all stacks
that manage keys of these users: what none of them knows is unmanaged.

  --stack <name>              export this stack's state; may be repeated
  --user <id or e-mail>       look at this user alone; may be repeated
  --expires-within <duration> what counts as expiring (default ${defaultExpiresWithin})
  --fail-on <kinds>           what the exit code is 1 for, of ${findingKinds.join(", ")}
                              (default ${defaultFailOn})
  --all                       show managed keys that need no attention too
  --json                      the report as JSON
  --revoke-orphans            delete keys that are proven orphans, after a list and a question
  --yes                       do not ask
  --requests-per-second <n>   most starts of requests in any second (default 30, Vultr's limit)
  --help                      this text

Environment: VULTR_API_KEY (needed), VULTR_API_URL.
Exit codes: 0 nothing to act on, 1 something to act on, 2 the audit could not be made.

A key is a proven orphan where the same key's recorded successor is another one, or where a state
exported with --stack, after the keys were listed, still has its predecessor in use and no run under way.

Example: npx pulumi-vultr-user-api-key audit --stack production --stack staging
`.trimEnd();

/** @throws {UsageError} with what to write instead */
export function parseOptions(args: readonly string[]): AuditOptions {
  const { values, positionals: files } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      stack: { type: "string", multiple: true, default: [] },
      user: { type: "string", multiple: true, default: [] },
      "expires-within": { type: "string", default: defaultExpiresWithin },
      "fail-on": { type: "string", default: defaultFailOn },
      "requests-per-second": { type: "string" },
      json: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      "revoke-orphans": { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
    },
  });
  if (files.length + values.stack.length === 0)
    throw new UsageError(
      "no state to compare with: give files of `pulumi stack export`, - for standard input, or --stack <name>",
    );
  if (files.filter((file) => file === "-").length > 1)
    throw new UsageError("standard input can be given once only");
  if (values.yes && !values["revoke-orphans"])
    throw new UsageError("--yes means something with --revoke-orphans alone");
  const expiresWithin = parseDuration(values["expires-within"]);
  if ("problem" in expiresWithin)
    throw new UsageError(`--expires-within: ${expiresWithin.problem}`);
  return {
    files,
    stacks: values.stack,
    users: values.user,
    expiresWithinMs: expiresWithin.ms,
    failOn: parseKinds(values["fail-on"]),
    requestsPerSecond: values["requests-per-second"],
    json: values.json,
    all: values.all,
    revokeOrphans: values["revoke-orphans"],
    yes: values.yes,
  };
}

function parseKinds(text: string): ReadonlySet<FindingKind> {
  const kinds = text.split(",").map((kind) => kind.trim());
  const unknown = kinds.find((kind) => kind !== "none" && !isKind(kind));
  if (unknown !== undefined)
    throw new UsageError(
      `--fail-on does not know "${unknown}": write some of ${findingKinds.join(", ")}, or none`,
    );
  return new Set(kinds.filter(isKind));
}

function isKind(text: string): text is FindingKind {
  return (findingKinds as readonly string[]).includes(text);
}
