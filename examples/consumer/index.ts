import * as pulumi from "@pulumi/pulumi";
import { VultrUserApiKey } from "pulumi-vultr-user-api-key";

import { CredentialsFile } from "./credentials-file";

const config = new pulumi.Config();

const deployer = new VultrUserApiKey("deployer", {
  userEmail: config.require("userEmail"),
  rotationTrigger: config.require("keyGeneration"),
});

// The file depends on the key. In a rotation Pulumi makes the new key, rewrites the file, and
// revokes the old key last: whoever reads the file always finds a key that works.
new CredentialsFile("credentials", {
  path: config.require("credentialsPath"),
  apiKey: deployer.apiKey,
});

export const fingerprint = deployer.fingerprint;
