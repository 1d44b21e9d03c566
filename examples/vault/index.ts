import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { VultrUserApiKeyRing } from "pulumi-vultr-user-api-key";

const config = new pulumi.Config();

// A ring: until whoever reads the secret has read it again, the previous key is in use.
const ring = new VultrUserApiKeyRing("backups", {
  userEmail: config.require("userEmail"),
  generation: config.requireNumber("generation"),
});

// Each rotation writes a new version of the secret. The versions before it keep keys that die later.
new vault.kv.SecretV2("vultr", {
  mount: config.get("mount") ?? "secret",
  name: "vultr/backups",
  dataJson: pulumi.jsonStringify({ apiKey: ring.apiKey, fingerprint: ring.fingerprint }),
});

export const fingerprint = ring.fingerprint;
