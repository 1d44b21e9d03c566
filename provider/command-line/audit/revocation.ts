/** Revokes the keys that a person names, unless a given state records one of them. */
import { revoke, type RevokeContext } from "../../keys/revoke";
import { oneLine } from "../../vultr/redact";
import { UsageError } from "../command";
import { isOneOf, nameForCli } from "../pulumi-cli";
import type { Terminal } from "../terminal";
import { type Facts, recordsByKey } from "./classify";
import { type InventoryKey, keysIn, keysOfUser } from "./inventory";
import type { AuditOptions } from "./options";
import { describeRecord, type StateRecord, type States } from "./states";

/** How long one revocation may take. A look before it is hardly older than this when the request is sent. */
const limitMs = 30_000;

interface Revocation {
  context: Omit<RevokeContext, "limit">;
  /** The key that the audit authenticates with. */
  ownKey: string;
  options: AuditOptions;
  terminal: Terminal;
  /** All states, of which those of --stack are exported anew. */
  readStates: () => Promise<States>;
}

/**
 * Looks, asks, and looks again before each key that it revokes: a run that begins meanwhile may record one.
 * An interruption leaves each key either untouched or gone.
 *
 * @param before what the audit has seen
 * @returns what there is to see afterwards
 * @throws {UsageError} one key may not be revoked, so none is; or there is nobody to ask
 * @throws {VultrError} one could not be revoked; those before it are gone
 */
export async function revokeNamed(before: Facts, revocation: Revocation): Promise<Facts> {
  const { context, options, terminal, readStates } = revocation;
  const { inventory } = before;
  const creates = createsIn(before);
  // Creates that are no objection: the question names them, or --interrupted answers for them.
  const answered = options.yes && !options.interrupted ? [] : creates;
  const keys = revocable(before, options.revoke, answered, revocation);
  if (!(await isAgreed(keys, creates, before, revocation))) return before;

  for (const [at, key] of keys.entries()) {
    const left = keys.slice(at);
    for (const userId of new Set(left.map((each) => each.userId)))
      inventory.keys.set(userId, await keysOfUser(context, userId));
    const ids = left.map(({ keyId }) => keyId);
    revocable({ inventory, ...(await readStates()) }, ids, answered, revocation);
    const limit = { deadlineMs: context.clock.monotonicMs() + limitMs };
    inventory.keys.set(key.userId, await revoke({ ...context, limit }, key));
    terminal.say(oneLine(`Revoked ${key.name} (${key.keyId}).`));
  }
  return { inventory, ...(await readStates()) };
}

/** What the states say of creates that have no end in them: such a key is in no state yet. */
function createsIn({ records }: Facts): string[] {
  return [...new Set(records.filter(({ role }) => role === "being made").map(describeRecord))];
}

const untilEnd = "wait until the run ends; if it was killed, run";

/** How a key that a state records may come to its end, by what it is to the state. */
const wayOut: Record<StateRecord["role"], string> = {
  "in use": "that program ends it, by `pulumi up`",
  "pending deletion": "that program ends it, by `pulumi up`",
  "read with .get": "remove the .get, run `pulumi up`, then revoke it",
  wanted: `${untilEnd} \`pulumi refresh --clear-pending-creates\``,
  "being made": `${untilEnd} \`pulumi refresh --clear-pending-creates\``,
};

/** @throws {UsageError} one of the keys may not be revoked, or a run may be under way */
function revocable(
  facts: Facts,
  ids: readonly string[],
  answered: readonly string[],
  { options, ownKey }: Revocation,
): InventoryKey[] {
  const { stacks, locks = [] } = facts;
  const recorded = recordsByKey(facts.records);
  const keys = keysIn(facts.inventory).filter(({ keyId }) => ids.includes(keyId));
  const begun = createsIn(facts).filter((create) => !answered.includes(create));

  function objectionTo(keyId: string): string | undefined {
    const [record] = recorded.get(keyId) ?? [];
    if (record !== undefined) return `${describeRecord(record)}: ${wayOut[record.role]}`;
    const tail = keys.find((key) => key.keyId === keyId)?.tail;
    if (tail === undefined) return "no user who was looked at has a key of this id";
    // Without an ending, which is "", nothing tells the key apart from our own.
    if (!ownKey.endsWith(tail)) return undefined;
    return "it may be the key in VULTR_API_KEY that the audit uses: put another one there";
  }

  const reasons = [
    ...stacks.flatMap((stack) => {
      const cancel = `\`pulumi cancel ${nameForCli(stack, locks)}\``;
      return isOneOf(stack, locks) ? `stack ${stack} is locked: ${untilEnd} ${cancel}` : [];
    }),
    ...begun.map((create) => `${create}; with --yes, if no run is under way, add --interrupted`),
    ...ids.flatMap((id) => {
      const objection = objectionTo(id);
      return objection === undefined ? [] : `${id}: ${objection}`;
    }),
  ];
  if (reasons.length === 0) return keys;
  const nothing = ids.length < options.revoke.length ? "nothing more" : "nothing";
  throw new UsageError([`${nothing} was revoked`, ...reasons.map(oneLine)].join("\n- "));
}

/** @throws {UsageError} there is nobody to ask */
async function isAgreed(
  keys: readonly InventoryKey[],
  creates: readonly string[],
  { inventory, locks }: Facts,
  { options, terminal }: Revocation,
): Promise<boolean> {
  const say = (line: string) => {
    terminal.say(oneLine(line));
  };
  say("These keys will be revoked, and whatever uses them loses access:");
  for (const { name, keyId, userId } of keys)
    say(`- ${name} (${keyId}) of ${inventory.emails.get(userId) ?? ""} (user ${userId})`);
  for (const create of creates) say(`In state, ${create}: one of these may be its key.`);
  if (locks === undefined)
    say("This backend does not show locks: make sure that no run is under way.");
  if (options.yes) return true;
  if (!terminal.isInteractive)
    throw new UsageError("there is nobody to confirm: add --yes to revoke without a question");
  return (await terminal.ask('Revoke them? Only "yes" will do: ')) === "yes";
}
