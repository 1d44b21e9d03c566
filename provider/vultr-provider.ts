/** Several Vultr organisations in one program: each an explicit provider with its own credential. */
import * as pulumi from "@pulumi/pulumi";

/** Args of {@link VultrProvider}. */
export interface VultrProviderArgs {
  /** The organisation's management key. Kept secret in state. */
  apiKey: pulumi.Input<string>;
  /**
   * Base address of the API.
   *
   * @default https://api.vultr.com/v2
   */
  apiUrl?: pulumi.Input<string> | undefined;
  /**
   * Most starts of requests in any second. Organisations behind one address share Vultr's limit.
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
  constructor(name: string, args: VultrProviderArgs, options?: pulumi.ResourceOptions) {
    const { apiKey, apiUrl, requestsPerSecond } = args;
    const rate =
      requestsPerSecond === undefined ? undefined : pulumi.output(requestsPerSecond).apply(String);
    super(
      "pulumi-nodejs",
      name,
      {
        "vultr:apiKey": pulumi.secret(apiKey),
        "vultr:apiUrl": apiUrl,
        "vultr:requestsPerSecond": rate,
      },
      options,
    );
  }
}
