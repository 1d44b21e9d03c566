/** The last station of every error: what happened and what to do, in one line, with nothing secret. */
import { sealed } from "./create-provider";
import { PartialCreateError } from "../keys/partial-create";
import { isVultrError } from "../vultr/errors";
import { redact } from "../vultr/redact";

/**
 * The error to hand to the engine. It prints the stack beside the message, so a mistake or an
 * outage gets none; a bug of ours keeps it.
 *
 * @param providerText the `__provider` property, which a partly made key must carry into state
 */
export function presentError(error: unknown, providerText: string | undefined): Error {
  if (!isVultrError(error)) return presentBug(error);
  const text = `${sentence(error.message)} ${error.hint}`;
  const shown = quiet(new Error(text));
  if (!(error instanceof PartialCreateError)) return shown;
  const { id } = error;
  return Object.assign(shown, {
    id,
    properties: sealed(error.propertiesFor(providerText)),
    reasons: [text],
  });
}

function sentence(message: string): string {
  return /[.!?]"?$/.test(message) ? message : `${message}.`;
}

function quiet(error: Error): Error {
  error.name = "";
  error.stack = "";
  return error;
}

function presentBug(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const shown = new Error(
    redact(
      `pulumi-vultr-user-api-key failed in a way that it should not: ${message}. Please open an issue.`,
    ),
  );
  shown.stack = redact(error instanceof Error ? (error.stack ?? "") : "");
  return shown;
}
