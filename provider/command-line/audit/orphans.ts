/** Revokes what the audit has proven to be orphans, after somebody said yes to the list. */
import { operationLimitMs } from "../../lifecycle/context";
import { revoke, type RevokeContext } from "../../lifecycle/revoke";
import { UsageError } from "../command";
import type { Terminal } from "../terminal";
import type { AuditedKey } from "./classify";

/**
 * Is it agreed to? With `--yes` it is; otherwise a person is asked.
 *
 * @throws {UsageError} there is nobody to ask
 */
export async function isAgreed(
  orphans: readonly AuditedKey[],
  saysYes: boolean,
  terminal: Terminal,
): Promise<boolean> {
  terminal.say("These keys will be revoked; nobody has their plaintext:");
  for (const { name, keyId, userEmail, userId, note } of orphans)
    terminal.say(`  ${name} (${keyId}) of ${userEmail || userId}: ${note ?? ""}`);
  if (saysYes) return true;
  if (!terminal.isInteractive)
    throw new UsageError("there is nobody to confirm: add --yes to revoke without a question");
  const answer = await terminal.ask('Revoke them? Only "yes" will do: ');
  return answer === "yes";
}

/**
 * One after the other, so that an interruption leaves each key either untouched or gone.
 *
 * @throws {VultrError} one could not be revoked; those before it are gone
 */
export async function revokeOrphans(
  orphans: readonly AuditedKey[],
  context: RevokeContext,
  terminal: Pick<Terminal, "say">,
): Promise<void> {
  for (const { userId, keyId, name } of orphans) {
    await revoke(context, { userId, keyId }, context.clock.now() + operationLimitMs);
    terminal.say(`Revoked ${name} (${keyId}).`);
  }
}
