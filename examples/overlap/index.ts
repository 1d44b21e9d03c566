import * as pulumi from "@pulumi/pulumi";
import { VultrUserApiKeyRing } from "pulumi-vultr-user-api-key";

const config = new pulumi.Config();

// Bump generation by one: a new key becomes current, the one before stays valid until the next bump.
const ring = new VultrUserApiKeyRing("dns-hook", {
  userEmail: config.require("userEmail"),
  generation: config.requireNumber("generation"),
});

export const apiKey = ring.apiKey;
export const previousApiKeys = ring.previousApiKeys;
export const keyIds = ring.keyIds;
