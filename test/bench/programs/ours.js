/** The program that is measured: keys dealt to users in blocks or in turn, all of one generation. */
"use strict";

const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");

const { keys, generation } = require("./workload.json");

for (const { name, userId } of keys)
  new VultrUserApiKey(name, { userId, rotationTrigger: generation });
