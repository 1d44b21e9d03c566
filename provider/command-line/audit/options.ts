/** What `audit` can be told, and how it says so. */
import { parseDuration } from "../../keys/duration";
import { flag, optionLines, parsedArgs, text, texts, UsageError } from "../command";
import { findingKinds, isFindingKind } from "./report";

const failOn = "missing,pending-deletion,expired";
const pending = "with --yes: no run is under way, so creates pending in state were interrupted";

/** The options of `parseArgs`, each with what `--help` says of it. */
const options = {
  stack: { ...texts, takes: " <name>", does: "export this stack's state; may be repeated" },
  user: { ...texts, takes: " <id or e-mail>", does: "look at this user alone; may be repeated" },
  "expires-within": { ...text, default: "30d", takes: " <duration>", does: "counts as expiring" },
  "fail-on": { ...text, default: failOn, takes: " <kinds>|none", does: "gives exit code 1" },
  all: { ...flag, does: "show managed keys that need no attention too" },
  json: { ...flag, does: "the report as JSON" },
  revoke: { ...texts, takes: " <key id>", does: "revoke this key; asks first; may be repeated" },
  yes: { ...flag, does: "answers the question of --revoke" },
  interrupted: { ...flag, does: pending },
  "requests-per-second": { ...text, default: "30", takes: " <n>", does: "no more than this" },
} as const;

const withoutStacks = 'if no stack is left, pipe {"deployment":{}} into -';

export const help = `Usage: npx pulumi-vultr-user-api-key audit [options] [<state.json> | -]...

Compares the API keys of the account's users with the state of one or more stacks, and says what each is:

  managed           a given state has it in use, a program reads it with .get, or an unfinished operation wants it
  pending-deletion  replaced or removed; the next \`pulumi up\` ends it, if nothing says to keep it
  missing           a given state has it in use, and Vultr does not list it, or not its user
  unrecorded        no given state records it; the note says what its name suggests, which proves nothing
  expiring, expired beside one of these

State comes from files that \`pulumi stack export --file state.json\` wrote, from standard input (-), or
straight from the Pulumi CLI with --stack. No passphrase and no plaintext is needed. Give all stacks
that manage keys of these users. Every input counts, also two of one stack;
${withoutStacks}.

${optionLines(options)}

Environment: VULTR_API_KEY (needed), VULTR_API_URL.
Exit codes: 0 nothing to act on, 1 something to act on, 2 no audit, or --revoke was refused or failed.

--revoke looks at Vultr and exports --stack again after the question and before each key, and reports what is left.
It refuses all keys that are left if one of them is recorded by any given state (in use, pending deletion or read
with .get), is not found, or seems to be VULTR_API_KEY itself; and while a given stack is locked. A lock is seen in a
folder as backend (file://) alone, not in Pulumi Cloud or an object store, and a file does not know what
was recorded after it: there, make sure that no run is under way.

JSON: { schemaVersion: 1, summary, keys }. A key has class and expiry (never, later, expiring, expired), keyId, userId,
userEmail, name, and, if there is one, dateExpire, the stack and resource that record it, and a note.

Example: npx pulumi-vultr-user-api-key audit --stack production --stack staging`;

export type AuditOptions = ReturnType<typeof parseOptions>;

/** @throws {UsageError} with what to write instead */
export function parseOptions(args: readonly string[]) {
  const { values, positionals: files } = parsedArgs({ args, allowPositionals: true, options });
  if (files.length + values.stack.length === 0)
    throw new UsageError(
      `no state to compare with: give --stack <name>, a stack export, or -; ${withoutStacks}`,
    );
  if (files.filter((file) => file === "-").length > 1)
    throw new UsageError("standard input can be given once only");
  if ((values.interrupted && !values.yes) || (values.yes && values.revoke.length === 0))
    throw new UsageError("--yes means something with --revoke alone, and --interrupted with --yes");
  const expiring = parseDuration(values["expires-within"]);
  if ("problem" in expiring) throw new UsageError(`--expires-within: ${expiring.problem}`);
  const kinds = values["fail-on"].split(",").map((kind) => kind.trim());
  const unknown = kinds.find((kind) => kind !== "none" && !isFindingKind(kind));
  if (unknown !== undefined)
    throw new UsageError(`--fail-on "${unknown}" is none of ${findingKinds.join(", ")}, none`);
  const revoke = [...new Set(values.revoke)];
  return { ...values, revoke, files, expiresWithinMs: expiring.ms, failOn: kinds };
}
