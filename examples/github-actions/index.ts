import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { VultrUserApiKeyRing } from "pulumi-vultr-user-api-key";

const config = new pulumi.Config();

// A ring: a workflow that was queued before the rotation still has the previous key when it runs.
const ring = new VultrUserApiKeyRing("ci", {
  userEmail: config.require("userEmail"),
  generation: config.requireNumber("generation"),
});

new github.ActionsSecret("vultr-api-key", {
  repository: config.require("repository"),
  secretName: "VULTR_API_KEY",
  value: ring.apiKey,
});

export const fingerprint = ring.fingerprint;
