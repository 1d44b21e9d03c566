/** The public names of `pulumi-vultr-user-api-key`. */
export { type Json, VultrUserApiKey, type VultrUserApiKeyArgs } from "./vultr-user-api-key";
