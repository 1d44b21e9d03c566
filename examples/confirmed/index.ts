import * as pulumi from "@pulumi/pulumi";
import { VultrUserApiKey } from "pulumi-vultr-user-api-key";

const config = new pulumi.Config();
const statusUrl = config.require("consumerStatusUrl");

// Asked before a key dies. The consumer answers with the fingerprint of the key that it uses, or with an empty text.
// Pulumi asks the hooks that the last run recorded: run `pulumi up` with a new hook before you rotate. A hook that is
// gone from the program while a key waits for it fails each run.
const consumerHasMovedOn = new pulumi.ResourceHook("consumer-has-moved-on", async (hook) => {
  const old = hook.oldOutputs as { fingerprint?: string } | undefined;
  const inUse = await fingerprintInUse();
  if (inUse === old?.fingerprint)
    throw new Error(
      `The consumer still uses key ${inUse}, so it stays alive. Let the consumer load the new key, or stop ` +
        "it, and run the same command again.",
    );
});

/** No answer is no consent: a consumer that cannot be asked may still use the key. */
async function fingerprintInUse(): Promise<string> {
  const answer = await fetch(statusUrl, { signal: AbortSignal.timeout(10_000) }).then(
    async (response) => ({
      isGiven: response.ok,
      text: await response.text(),
      how: response.status,
    }),
    () => ({ isGiven: false, text: "", how: "no connection, or no answer in 10 s" }),
  );
  const text = answer.text.trim();
  const isFingerprint = /^([0-9a-f]{12})?$/.test(text);
  if (answer.isGiven && isFingerprint) return text;
  const why = answer.isGiven ? "its answer is no fingerprint" : String(answer.how);
  throw new Error(
    `The consumer does not tell which key it uses (${why}), so the key stays alive. Bring the ` +
      "consumer back and run the same command again. If it is gone for good, keep the hook and let it do nothing, " +
      '`new pulumi.ResourceHook("consumer-has-moved-on", async () => {})`, until the old key is revoked.',
  );
}

const deployer = new VultrUserApiKey(
  "deployer",
  { userEmail: config.require("userEmail"), rotationTrigger: config.require("keyGeneration") },
  { hooks: { beforeDelete: [consumerHasMovedOn] } },
);

export const apiKey = deployer.apiKey;
export const fingerprint = deployer.fingerprint;
