/** Which settings there are, where each comes from, and which one wins. Values that are secret are never shown. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

import { z } from "zod";

import { namespaces, settingNames } from "../../names";
import { didYouMean } from "../../nearest-name";
import { collectSettings, resolveSettings, settingsProblems } from "../../settings";
import type { ConnectionSettings } from "../../vultr/connect";
import { rememberSecret } from "../../vultr/redact";
import { inWordsOf, type Reader } from "../../words";
import { UsageError } from "../command";
import { pulumi } from "../pulumi-cli";
import { type Check, type Checks, named } from "./check";

const configSchema = z.record(
  z.string(),
  z.object({ value: z.string().optional(), secret: z.boolean().default(false) }),
);

type Config = z.infer<typeof configSchema>;

export interface Place {
  folder: string;
  /** The stack that was asked for; without one, that which the project has selected. */
  stack: string | undefined;
  environment: NodeJS.ProcessEnv;
}

export interface CheckedSettings extends Omit<ConnectionSettings, "apiKey"> {
  apiKey: string | undefined;
  reader: Reader;
}

const notDecrypted = "cannot be decrypted here";
const decryptAdvice = "Log in to the backend, or set PULUMI_CONFIG_PASSPHRASE. Then run again.";

/** The settings, without a key if there is none; undefined if nothing can be sent with them. */
export async function* checkSettings(place: Place): Checks<CheckedSettings | undefined> {
  const { environment } = place;
  const config = yield* readConfig(place);
  const isOfPlugin = yield* checkNames(config);
  const nameOf = (setting: string) =>
    `${isOfPlugin ? namespaces.plugin : namespaces.classes}:${setting}`;
  const reader = isOfPlugin ? "doctorOfPlugin" : "doctor";
  const raw = collectSettings((name) => config[nameOf(name)]?.value, environment);
  const ofStack = config[nameOf("apiKey")];
  const isUnreadable = (setting: string) => {
    const { secret, value } = config[nameOf(setting)] ?? {};
    return secret === true && value === undefined;
  };
  if (isUnreadable("apiKey")) raw.apiKey = undefined;
  const problems = settingsProblems(raw);
  for (const problem of problems)
    yield named("settings").failed(inWordsOf(reader, problem), "Correct it, then run again.");
  const others = ["apiUrl", "requestsPerSecond"].filter(isUnreadable);
  for (const setting of others)
    yield named("settings").failed(`${nameOf(setting)} ${notDecrypted}`, decryptAdvice);

  const sourceOf = (setting: string, variable = "") => {
    const name = nameOf(setting);
    const isInEnvironment = (environment[variable] ?? "").trim() !== "";
    if (config[name] === undefined || config[name].value?.trim() === "")
      return isInEnvironment ? `from ${variable}` : "by default";
    return `from ${name} of the stack${isInEnvironment ? ` (${variable} is set too, and not used)` : ""}`;
  };
  const key = named("settings.apiKey", "the management key");
  const source = `it comes ${sourceOf("apiKey", "VULTR_API_KEY")}`;
  const secretly = `\`pulumi config set --secret ${nameOf("apiKey")}\``;
  const ofPlugin = isOfPlugin ? "" : " (vultr-user-api-key:apiKey for the plugin)";
  if (isUnreadable("apiKey")) yield key.failed(`${source} and ${notDecrypted}`, decryptAdvice);
  else if (raw.apiKey === undefined)
    yield key.failed(
      "none is set",
      `Set it for the stack, ${secretly}${ofPlugin}, or for the environment, VULTR_API_KEY. It must belong to the root user or to one with the Manage Users permission. If all keys have an explicit provider, such as a VultrProvider, this does not matter: to look at one, put its apiKey into VULTR_API_KEY.`,
    );
  else if (raw.apiKey === ofStack?.value?.trim() && !ofStack.secret)
    yield key.warning(
      `${source} and stands there in plaintext`,
      `Encrypt it, ${secretly}. If the file was ever committed, make a new key.`,
    );
  else yield key.ok(source);
  if (problems.length + others.length > 0) return undefined;

  const settings = resolveSettings({ ...raw, apiKey: raw.apiKey ?? "none" });
  const { apiUrl } = settings;
  // Other checks name its host alone.
  if (config[nameOf("apiUrl")]?.secret === true)
    for (const part of [apiUrl, new URL(apiUrl).host]) rememberSecret(part);
  const url = `${apiUrl}, ${sourceOf("apiUrl", "VULTR_API_URL")}`;
  yield named("settings.apiUrl", "the API's address").ok(url);
  const rate = `at most ${settings.requestsPerSecond}, ${sourceOf("requestsPerSecond")}`;
  yield named("settings.requestsPerSecond", "requests a second").ok(rate);
  return { ...settings, apiKey: raw.apiKey, reader };
}

/**
 * Warns of settings that are not read although somebody may think so.
 *
 * @returns true if those of the plugin are read
 */
function* checkNames(config: Config): Generator<Check, boolean> {
  const found = Object.keys(config).map((name) => name.split(":")[0]);
  const isOfPlugin = found.includes(namespaces.plugin);
  if (isOfPlugin && found.includes(namespaces.classes))
    yield named("settings").warning(
      "the stack has settings of the classes, vultr:*, and of the plugin, vultr-user-api-key:*, which are looked at here",
      "Remove those that the program does not use.",
    );
  for (const name of Object.keys(config)) {
    const setting = /^vultr(?:-user-api-key)?:(.*)$/.exec(name)?.[1] ?? "";
    // Others may have settings there too, so only one that seems misspelt is told.
    const meant = settingNames.includes(setting) ? "" : didYouMean(setting, settingNames);
    if (meant !== "")
      yield named("settings").warning(
        `${name} is not a setting of this package${meant}`,
        "It is not read. If it is meant for this package, correct its name.",
      );
  }
  return isOfPlugin;
}

/** The stack's configuration; empty if there is none, or it cannot be read. */
async function* readConfig(place: Place): Checks<Config> {
  const { folder, stack, environment } = place;
  const check = named("settings.stack", "configuration of the stack");
  if (stack === undefined && !isInProject(folder)) {
    yield check.skipped(`${folder} is no Pulumi project, so the environment alone counts`);
    return {};
  }
  const ask = (...args: string[]) =>
    pulumi([...args, ...(stack === undefined ? [] : ["--stack", stack])], environment, folder);
  try {
    const config = configSchema.parse(JSON.parse(await ask("config", "--json")));
    // Only our settings are decrypted, and only to be used.
    for (const namespace of Object.values(namespaces))
      for (const setting of settingNames) {
        const name = `${namespace}:${setting}`;
        const found = config[name];
        if (found?.secret !== true) continue;
        found.value = await ask("config", "get", name).catch(() => undefined);
        rememberSecret(found.value?.trim() ?? "");
      }
    yield check.ok(`that of ${stack ?? "the selected one"} counts before the environment`);
    return config;
  } catch (error) {
    const isOurs = error instanceof UsageError;
    const why = isOurs ? error.message : "it is not what `pulumi config --json` prints";
    yield (stack === undefined ? check.warning : check.failed)(
      `it cannot be read: ${why}`,
      "Install the Pulumi CLI, log in, and name a stack with --stack. What follows counts the environment alone.",
    );
    return {};
  }
}

function isInProject(folder: string): boolean {
  if (["Pulumi.yaml", "Pulumi.yml"].some((file) => existsSync(join(folder, file)))) return true;
  return dirname(folder) !== folder && isInProject(dirname(folder));
}
