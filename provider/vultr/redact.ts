/**
 * Keeps API keys out of everything that people or log collectors may read.
 *
 * Two nets: the exact secrets that this process has handled, then anything shaped like a Vultr key
 * (36 characters of A–Z and 0–9, docs: the example of "Create user API key") or a bearer header.
 */
const keysInUse = new Set<string>();
/** Secrets of another length than Vultr's keys have today. */
const otherSecretsInUse = new Set<string>();

/** Characters of a Vultr key (docs: the example of "Create user API key"). */
export const apiKeyLength = 36;

const apiKeyShape = /(?<![A-Za-z0-9])[A-Z0-9]{36}(?![A-Za-z0-9])/g;
/** Spares `Bearer %s`, the place for a key in the commands that errors give, and the backslash of a quotation mark in JSON. */
const bearerShape = /\b(Bearer\s+)(?!%s)(?:[^\s"'\\,}]|\\(?!"))+/gi;

/** The text that stands where a secret stood. */
const redactedMark = "[redacted]";

/** From now on `secret` is removed from every error and notice. Shorter than 8 characters is ignored. */
export function rememberSecret(secret: string): void {
  if (secret.length < 8) return;
  const isKey = secret.length === apiKeyLength && /^[A-Za-z0-9]+$/.test(secret);
  (isKey ? keysInUse : otherSecretsInUse).add(secret);
}

/** `text` without any secret this process knows, and without anything that looks like one. */
export function redact(text: string): string {
  let clean = text.replace(/[A-Za-z0-9]{36,}/g, withoutKeysInUse);
  for (const secret of otherSecretsInUse) clean = clean.replaceAll(secret, redactedMark);
  return clean.replace(bearerShape, `$1${redactedMark}`).replace(apiKeyShape, redactedMark);
}

/**
 * Any text as one line that is safe to show: redacted, without characters that steer a terminal or turn
 * the direction of text, and no command to the pipeline that reads it.
 */
export function oneLine(raw: string): string {
  const plain = withoutFormatting(raw.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")).trim();
  return redact(withoutCommands(plain));
}

/** A line that is no command to the pipeline that prints it: those begin with `::`, or have `##[` or `##vso` anywhere. */
export function withoutCommands(line: string): string {
  return line.replace(/^\s*(?=::)/, "$&\\").replace(/##(?=\[|vso)/gi, "#\\#");
}

/** Without invisible characters; half a character becomes the sign for that. */
export function withoutFormatting(text: string): string {
  return text.replace(/\p{Cf}/gu, "").replace(/\p{Cs}/gu, "\u{FFFD}");
}

/** Finds a key also inside a longer word. Its cost does not grow with the number of keys: a process may handle thousands. */
function withoutKeysInUse(word: string): string {
  for (let at = 0; at + apiKeyLength <= word.length; at += 1) {
    const end = at + apiKeyLength;
    if (keysInUse.has(word.slice(at, end)))
      return word.slice(0, at) + redactedMark + withoutKeysInUse(word.slice(end));
  }
  return word;
}

/** Does `text` look like the plaintext of a Vultr API key? */
export function isApiKeyShaped(text: string): boolean {
  return /^[A-Z0-9]{36}$/.test(text);
}

/**
 * A copy of any thrown value that holds redacted text only: name, message, code, stack and cause.
 * Whatever else hangs on the original (sockets, headers, bodies) stays behind.
 */
export function redactCause(cause: unknown): Error | undefined {
  if (cause === undefined || cause === null) return undefined;
  if (!isErrorLike(cause))
    return new Error(typeof cause === "string" ? redact(cause) : `a thrown ${typeof cause}`);
  const copy: Error & { code?: string } = new Error(redact(cause.message));
  copy.name = redact(cause.name);
  copy.stack = redact(cause.stack ?? "");
  if ("code" in cause && typeof cause.code === "string") copy.code = redact(cause.code);
  const inner = redactCause(cause.cause);
  if (inner !== undefined) copy.cause = inner;
  return copy;
}

/** Errors by their shape: those of another realm, and a DOMException, fail `instanceof Error`. */
export function isErrorLike(value: unknown): value is Error {
  if (typeof value !== "object" || value === null) return false;
  if (!("message" in value) || !("name" in value)) return false;
  return typeof value.message === "string" && typeof value.name === "string";
}
