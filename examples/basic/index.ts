import * as pulumi from "@pulumi/pulumi";
import { VultrUserApiKey } from "pulumi-vultr-user-api-key";

const config = new pulumi.Config();

// Rotate: pulumi config set keyGeneration 2 && pulumi up
const deployer = new VultrUserApiKey("deployer", {
  userEmail: config.get("userEmail") ?? "deployer@example.com",
  rotationTrigger: config.get("keyGeneration") ?? "1",
});

export const apiKey = deployer.apiKey; // secret: pulumi stack output apiKey --show-secrets
export const keyId = deployer.keyId;
export const fingerprint = deployer.fingerprint;
