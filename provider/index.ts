/**
 * What a Pulumi program imports: API keys of Vultr users, rotated without downtime.
 *
 * Nothing here sends a request: the work is done in Pulumi's provider process, which loads
 * `pulumi-vultr-user-api-key/provider`.
 *
 * @module pulumi-vultr-user-api-key
 */
export { VultrProvider, type VultrProviderArgs } from "./resources/vultr-provider";
export {
  type Json,
  VultrUserApiKey,
  type VultrUserApiKeyArgs,
} from "./resources/vultr-user-api-key";
export {
  VultrUserApiKeyRing,
  type VultrUserApiKeyRingArgs,
} from "./resources/vultr-user-api-key-ring";
