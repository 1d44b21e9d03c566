/** The public names of `pulumi-vultr-user-api-key`. */
export { VultrProvider, type VultrProviderArgs } from "./vultr-provider";
export { type Json, VultrUserApiKey, type VultrUserApiKeyArgs } from "./vultr-user-api-key";
export { VultrUserApiKeyRing, type VultrUserApiKeyRingArgs } from "./vultr-user-api-key-ring";
