/**
 * The `vultr:*` settings: stack configuration first, then the environment. Kept as they come and
 * validated when first needed, because a preview needs none of them.
 */
import { explicitProviderSetting } from "./names";
import { type ConnectionSettings, isLoopback } from "./vultr/connect";
import { VultrError } from "./vultr/errors";
import { rememberSecret } from "./vultr/redact";
import { word } from "./words";

const defaultApiUrl = "https://api.vultr.com/v2";

/** Reads one setting of the stack by its name without the namespace, such as `apiUrl`. */
export type StackConfig = (name: string) => string | undefined;

/** Settings as given; blank means unset. */
export type RawSettings = ReturnType<typeof collectSettings>;

export function collectSettings(stack: StackConfig, environment: NodeJS.ProcessEnv) {
  const isExplicitProvider = stack(explicitProviderSetting) === "true";
  const own = filled(stack("apiKey"));
  const settings = {
    /** Then the credential of the environment is never used. */
    isExplicitProvider,
    apiKey: isExplicitProvider ? own : (own ?? filled(environment["VULTR_API_KEY"])),
    apiUrl: filled(stack("apiUrl")) ?? filled(environment["VULTR_API_URL"]),
    requestsPerSecond: filled(stack("requestsPerSecond")),
  };
  if (settings.apiKey !== undefined) rememberSecret(settings.apiKey);
  return settings;
}

/** What is wrong with the settings that are there, a sentence each. A missing key is no problem yet. */
export function settingsProblems(raw: RawSettings): string[] {
  return [apiUrlProblem(raw.apiUrl), apiKeyProblem(raw), rateProblem(raw.requestsPerSecond)].filter(
    (problem) => problem !== undefined,
  );
}

/**
 * @throws {VultrError} no management key, or a setting that {@link settingsProblems} objects to
 */
export function resolveSettings(raw: RawSettings): ConnectionSettings {
  const problems = settingsProblems(raw);
  if (problems.length > 0)
    throw new VultrError({ message: problems.join("; "), hint: word.correct });
  if (raw.apiKey === undefined) {
    throw new VultrError({
      message: "no Vultr management key is set",
      hint: `It must belong to the root user or to one with the Manage Users permission. ${word.setKey}`,
    });
  }
  return {
    apiKey: raw.apiKey,
    apiUrl: (raw.apiUrl ?? defaultApiUrl).replace(/\/+$/, ""),
    requestsPerSecond: Number(raw.requestsPerSecond ?? 30), // Vultr's documented limit by source address
  };
}

function filled(value: unknown): string | undefined {
  // An explicit provider's inputs arrive as the program wrote them: one that is undefined as null, another type as it is.
  if (value === undefined || value === null) return undefined;
  const text = typeof value === "string" ? value.trim() : "(no text)"; // refused below, as an address and as a key
  return text === "" ? undefined : text;
}

function apiUrlProblem(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const problem = (what: string) => `${word.apiUrl} ${what}; write it like ${defaultApiUrl}`;
  if (!URL.canParse(text)) return problem("is no address");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    return problem("must not hold a user or password");
  // Of a bare `?` or `#` URL shows nothing, yet it would swallow every path behind it.
  if (/[?#]/.test(text)) return problem("must end with its path");
  if (url.protocol === "https:") return undefined;
  if (url.protocol === "http:" && isLoopback(url.hostname)) return undefined;
  const why = "the management key travels there; plain http is for loopback addresses only";
  return problem(`must start with https://, because ${why}`);
}

function apiKeyProblem({ apiKey: text, isExplicitProvider }: RawSettings): string | undefined {
  if (isExplicitProvider && text === undefined)
    return "the provider of this key has an empty apiKey: give it a management key; VULTR_API_KEY is not used for it";
  if (text === undefined || /^[\x21-\x7e]+$/.test(text)) return undefined;
  return `${word.apiKey} is not text, or holds a space, a line break or a character no key has; paste the key alone`;
}

function rateProblem(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000) return undefined;
  return `${word.requestsPerSecond} must be a whole number from 1 to 1000; the default is 30, Vultr's own limit`;
}
