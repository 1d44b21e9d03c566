import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { VultrUserApiKey } from "pulumi-vultr-user-api-key";

const config = new pulumi.Config();

const deployer = new VultrUserApiKey("deployer", {
  userEmail: config.require("userEmail"),
  rotationTrigger: config.require("keyGeneration"),
});

const credentials = new kubernetes.core.v1.Secret("vultr", {
  stringData: { VULTR_API_KEY: deployer.apiKey },
});

// A pod reads its environment once, when it starts. The fingerprint changes with each rotation, so the
// pods are replaced, and Pulumi waits until the new ones are ready before the old key is revoked.
const labels = { app: "dns-hook" };
new kubernetes.apps.v1.Deployment("dns-hook", {
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels, annotations: { "vultr-api-key-fingerprint": deployer.fingerprint } },
      spec: {
        containers: [
          {
            name: "dns-hook",
            image: config.require("image"),
            envFrom: [{ secretRef: { name: credentials.metadata.name } }],
          },
        ],
      },
    },
  },
});

export const fingerprint = deployer.fingerprint;
