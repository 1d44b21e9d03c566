/** What leaves for the engine: results with their secret marked, errors as one line that says what to do. */
import { withSecret } from "../keys/engine-values";
import type { KeyState } from "../keys/state";
import { PartialCreateError } from "../lifecycle/create";
import { isVultrError, messageOf } from "../vultr/errors";
import { redact } from "../vultr/redact";
import { namesSetting, word } from "../words";

/** The plaintext with the engine's mark of a secret, which no option of the program can take away. */
export function sealed<T extends Partial<KeyState>>(outs: T): T {
  return withSecret(outs, "apiKey");
}

/** An error for people, and what the engine is to record in spite of it. */
export type ShownError = Error & { id?: string; properties?: Partial<KeyState> };

/**
 * The error to hand to the engine. It prints the stack beside the message, so a mistake or an
 * outage gets none; a bug of ours keeps it.
 *
 * @param inWords puts the reader's words in
 * @param providerText the `__provider` property, which a partly made key must carry into state
 */
export function presentError(
  error: unknown,
  inWords: (text: string) => string,
  providerText?: string,
): ShownError {
  if (!isVultrError(error)) return presentBug(error);
  const sentence = /[.!?]"?$/.test(error.message) ? error.message : `${error.message}.`;
  const more = namesSetting(error.hint) ? word.ofLastRun : "";
  const text = inWords(`${sentence} ${error.hint}${more}`);
  const shown = Object.assign(new Error(text), { name: "", stack: "" });
  if (!(error instanceof PartialCreateError)) return shown;
  const properties = sealed(error.propertiesFor(providerText));
  return Object.assign(shown, { id: error.id, properties, reasons: [text] });
}

function presentBug(error: unknown): Error {
  const text = `pulumi-vultr-user-api-key failed in a way that it should not: ${messageOf(error)}. Please open an issue.`;
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return Object.assign(new Error(redact(text)), { stack: redact(stack) });
}
