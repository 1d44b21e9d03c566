/** Type tokens and names of settings: promises to users, each spelled once. */

/** The type of a key, as state and URNs show it. */
export const keyType = "pulumi-nodejs:dynamic/vultr:UserApiKey";

/** The type of the component that holds overlapping keys. */
export const ringType = "vultr:index:UserApiKeyRing";

/** Input of a `VultrProvider` that tells its process that it is one: it uses the credential that it was given, and no other. */
export const explicitProviderSetting = "vultr:isExplicitProvider";
