/** Which settings there are, where each comes from, and which one wins. Values that are secret are never shown. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

import { z } from "zod";

import { collectSettings, resolveSettings, type Settings, settingsProblems } from "../../settings";
import { UsageError } from "../command";
import { pulumi } from "../pulumi-cli";
import { type Checks, failed, ok, skipped, warning } from "./check";

const configSchema = z.record(
  z.string(),
  z.object({ value: z.string().optional(), secret: z.boolean().default(false) }),
);

export interface Place {
  folder: string;
  /** The stack that was asked for; without one, that which the project has selected. */
  stack: string | undefined;
  environment: NodeJS.ProcessEnv;
}

/** The settings, without a key if there is none; undefined if nothing can be sent with them. */
export async function* checkSettings(
  place: Place,
): Checks<(Omit<Settings, "apiKey"> & { apiKey: string | undefined }) | undefined> {
  const { environment } = place;
  const config = yield* readConfig(place);
  const raw = collectSettings((key) => config?.[key]?.value, environment);
  const isEncrypted = config?.["vultr:apiKey"]?.secret === true;
  const isUnreadable = isEncrypted && config["vultr:apiKey"]?.value === undefined;
  if (isUnreadable) raw.apiKey = undefined;
  const problems = settingsProblems(raw);
  for (const problem of problems) yield failed("settings", problem, "Correct it, then run again.");

  const sourceOf = (name: string, variable?: string) => {
    const isInEnvironment = variable !== undefined && (environment[variable] ?? "").trim() !== "";
    if (
      (config?.[`vultr:${name}`]?.value ?? "").trim() === "" &&
      !(name === "apiKey" && isUnreadable)
    )
      return isInEnvironment ? `from ${variable}` : "by default";
    return `from vultr:${name} of the stack${isInEnvironment ? `; ${variable} is set too, and not used` : ""}`;
  };
  const keySource = sourceOf("apiKey", "VULTR_API_KEY");
  if (isUnreadable)
    yield failed(
      "settings.apiKey",
      `the management key comes ${keySource}, and cannot be decrypted here`,
      "Log in to the backend, or set PULUMI_CONFIG_PASSPHRASE. Then run again.",
    );
  else if (raw.apiKey === undefined)
    yield failed(
      "settings.apiKey",
      "no management key is set",
      "Set it for the stack, `pulumi config set --secret vultr:apiKey`, or for the environment, VULTR_API_KEY. It must belong to the root user or to one with the Manage Users permission.",
    );
  else if (keySource.startsWith("from vultr") && !isEncrypted)
    yield warning(
      "settings.apiKey",
      `the management key comes ${keySource}, where it stands in plaintext`,
      "Encrypt it, `pulumi config set --secret vultr:apiKey`. If the file was ever committed, make a new key.",
    );
  else yield ok("settings.apiKey", `the management key comes ${keySource}`);
  if (problems.length > 0) return undefined;

  const settings = resolveSettings({ ...raw, apiKey: raw.apiKey ?? "none" });
  yield ok(
    "settings.apiUrl",
    `the API's address is ${settings.apiUrl}, ${sourceOf("apiUrl", "VULTR_API_URL")}`,
  );
  const rate = `at most ${settings.requestsPerSecond} requests a second`;
  yield ok("settings.requestsPerSecond", `${rate}, ${sourceOf("requestsPerSecond")}`);
  return { ...settings, apiKey: raw.apiKey };
}

async function* readConfig(place: Place): Checks<z.infer<typeof configSchema> | undefined> {
  const { folder, stack, environment } = place;
  if (stack === undefined && !isInProject(folder)) {
    yield skipped("settings.stack", `${folder} is no Pulumi project: the environment alone counts`);
    return undefined;
  }
  const ofStack = stack === undefined ? [] : ["--stack", stack];
  const ask = (...args: string[]) => pulumi([...args, ...ofStack], environment, folder);
  try {
    const config = configSchema.parse(JSON.parse(await ask("config", "--json")));
    const key = config["vultr:apiKey"];
    // Only this one is decrypted, and only to be tried.
    if (key?.secret === true)
      key.value = await ask("config", "get", "vultr:apiKey").catch(() => undefined);
    yield ok(
      "settings.stack",
      `the configuration of ${stack ?? "the selected stack"} counts before the environment`,
    );
    return config;
  } catch (error) {
    const why =
      error instanceof UsageError ? error.message : "it is not what `pulumi config --json` prints";
    const report = stack === undefined ? warning : failed;
    yield report(
      "settings.stack",
      `the configuration of ${stack ?? "the project's stack"} cannot be read: ${why}`,
      "Install the Pulumi CLI, log in, and name a stack with --stack. What follows counts the environment alone.",
    );
    return undefined;
  }
}

function isInProject(folder: string): boolean {
  if (["Pulumi.yaml", "Pulumi.yml"].some((file) => existsSync(join(folder, file)))) return true;
  return dirname(folder) !== folder && isInProject(dirname(folder));
}
