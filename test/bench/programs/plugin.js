/** The program that is measured, with the keys of the plugin. */
"use strict";

const pulumi = require("@pulumi/pulumi");

const { keys, generation } = require("./workload.json");

for (const { name, userId } of keys)
  new pulumi.CustomResource("vultr-user-api-key:index:VultrUserApiKey", name, {
    userId,
    rotationTrigger: generation,
    apiKey: undefined,
    keyId: undefined,
  });
