/** Type tokens, names of outputs and settings: promises to users, each spelled once. */

/** The type of a key, as state and URNs show it. */
export const keyType = "pulumi-nodejs:dynamic/vultr:UserApiKey";

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

/** Input of a `VultrProvider` that tells its process that it is one: it uses the credential that it was given, and no other. */
export const explicitProviderSetting = "vultr:isExplicitProvider";
