/** The program that is measured: keys of one generation, as a program declares them. */
"use strict";

const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");

const { keys, generation } = require("./workload.json");

for (const { name, userId } of keys)
  new VultrUserApiKey(name, { userId, rotationTrigger: generation });
