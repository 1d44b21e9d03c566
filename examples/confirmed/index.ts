import * as pulumi from "@pulumi/pulumi";
import { VultrUserApiKey } from "pulumi-vultr-user-api-key";

const config = new pulumi.Config();
const statusUrl = config.require("consumerStatusUrl");

// Asked before an old key dies. The consumer answers with the fingerprint of the key that it uses.
const consumerHasMovedOn = new pulumi.ResourceHook("consumer-has-moved-on", async (hook) => {
  const old = hook.oldOutputs as { fingerprint?: string } | undefined;
  const response = await fetch(statusUrl);
  const inUse = (await response.text()).trim();
  if (!response.ok || inUse === old?.fingerprint) {
    throw new Error(
      `The consumer still uses key ${old?.fingerprint ?? ""}: both keys stay alive. Run pulumi up again.`,
    );
  }
});

const deployer = new VultrUserApiKey(
  "deployer",
  { userEmail: config.require("userEmail"), rotationTrigger: config.require("keyGeneration") },
  { hooks: { beforeDelete: [consumerHasMovedOn] } },
);

export const apiKey = deployer.apiKey;
export const fingerprint = deployer.fingerprint;
