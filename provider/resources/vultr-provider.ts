/** Several Vultr organisations in one program: each an explicit provider with its own credential. */
import * as pulumi from "@pulumi/pulumi";

import { notAnArg } from "../nearest-name";
import { explicitProviderSetting, settingNames } from "../names";

/** Args of {@link VultrProvider}. */
export interface VultrProviderArgs {
  /**
   * The organisation's management key: root's, or of a user with the Manage Users permission. Kept
   * secret in state. The environment's is never used in its place: an empty one is an error.
   *
   * @see https://docs.vultr.com/platform/other/api/other-user/create-api-key on who may manage keys
   */
  apiKey: pulumi.Input<string>;
  /**
   * Base address of the API. Plain http is for loopback addresses only.
   *
   * @default the environment variable VULTR_API_URL, else https://api.vultr.com/v2
   */
  apiUrl?: pulumi.Input<string> | undefined;
  /**
   * Most starts of requests in any second, from 1 to 1,000. Vultr counts by source address, so
   * organisations that are managed from one machine share its limit.
   *
   * @see https://docs.vultr.com/api on rate limiting
   *
   * @default 30
   */
  requestsPerSecond?: pulumi.Input<number> | undefined;
}

/**
 * A credential of its own for some of a program's keys. It runs in a process of its own. A change of
 * its args replaces nothing: the next run uses them.
 *
 * @example
 * ```ts
 * const emea = new VultrProvider("emea", { apiKey: config.requireSecret("emeaApiKey") });
 * const key = new VultrUserApiKey("deployer", { userEmail: "deployer@example.com" }, { provider: emea });
 * ```
 */
export class VultrProvider extends pulumi.ProviderResource {
  /**
   * Declares the provider. Its process starts with the first key that names it.
   *
   * @param name the provider's name in the program
   * @param args the credential, and where it is valid
   * @param options Pulumi's options
   * @throws {pulumi.RunError} `apiKey` is missing, there is an arg that a provider does not have, or
   *   `deleteBeforeReplace` or `replaceWith` is asked for
   */
  constructor(name: string, args: VultrProviderArgs, options?: pulumi.ResourceOptions) {
    const mistake = mistakeIn(args) ?? deathBeforeSuccessors(options);
    if (mistake !== undefined) throw new pulumi.RunError(`VultrProvider "${name}": ${mistake}`);
    const { apiKey, apiUrl, requestsPerSecond } = args;
    const rate =
      requestsPerSecond === undefined ? undefined : pulumi.output(requestsPerSecond).apply(String);
    super(
      "pulumi-nodejs",
      name,
      {
        [`vultr:${explicitProviderSetting}`]: "true",
        "vultr:apiKey": pulumi.secret(apiKey),
        "vultr:apiUrl": apiUrl,
        "vultr:requestsPerSecond": rate,
      },
      options,
    );
  }
}

/** The engine replaces a provider's keys with it: in these orders it deletes them first, and asks nobody. */
function deathBeforeSuccessors(options: pulumi.CustomResourceOptions = {}): string | undefined {
  const { deleteBeforeReplace = false, replaceWith = [] } = options;
  if (!deleteBeforeReplace && replaceWith.length === 0) return undefined;
  const option = deleteBeforeReplace ? "deleteBeforeReplace" : "replaceWith";
  return `${option} may revoke its keys before their successors work. Remove the option.`;
}

/** TypeScript sees such mistakes; in plain JavaScript the provider would use another credential or address than meant. */
function mistakeIn(args: Partial<VultrProviderArgs> = {}): string | undefined {
  const unknown = Object.keys(args).find((arg) => !settingNames.includes(arg));
  if (unknown !== undefined) return notAnArg(unknown, settingNames);
  if ((args.apiKey ?? undefined) !== undefined) return undefined;
  return (
    "apiKey is missing. Write the organisation's management key as a secret, such as " +
    'apiKey: config.requireSecret("emeaApiKey"); VULTR_API_KEY is not used for it.'
  );
}
