/** Type tokens, names of outputs and settings: promises to users, each spelled once. */

/** The type of a key, as state and URNs show it, if its program uses this package's classes. */
export const keyType = "pulumi-nodejs:dynamic/vultr:UserApiKey";

/** The same if the program uses the plugin, as all languages can. */
export const pluginKeyType = "vultr-user-api-key:index:VultrUserApiKey";

/** Is this the type of a key, however its program declares it? */
export function isKeyType(type: string): boolean {
  return type === keyType || type === pluginKeyType;
}

/** The type of the component that holds overlapping keys. */
export const ringType = "vultr:index:UserApiKeyRing";

/** What a program can read of a key. */
export const outputNames = [
  "apiKey",
  "keyId",
  "userId",
  "name",
  "dateExpire",
  "createdAt",
  "fingerprint",
  "verifiedAt",
  "previousKeyId",
] as const;

/** The settings, without the namespace that a stack's configuration puts before them. */
export const settingNames = ["apiKey", "apiUrl", "requestsPerSecond"];

/** That namespace: the plugin's is the name of its package. */
export const namespaces = { classes: "vultr", plugin: "vultr-user-api-key" } as const;

/** Input of a `VultrProvider` that tells its process that it is one: it uses the credential that it was given, and no other. */
export const explicitProviderSetting = "isExplicitProvider";
