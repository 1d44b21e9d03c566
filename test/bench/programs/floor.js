/**
 * The engine floor's program: as many resources, with args and outputs of the same names and
 * lengths, through the same dynamic provider plugin, loaded by a text of the same kind. What it
 * lacks is work: its provider answers at once.
 */
"use strict";

const pulumi = require("@pulumi/pulumi");

const { keys, generation } = require("./workload.json");

const names = ["apiKey", "keyId", "userId", "name", "dateExpire", "createdAt", "fingerprint"];
const outputs = Object.fromEntries([...names, "verifiedAt"].map((name) => [name, undefined]));
const __provider = 'exports.handler=()=>require("bench-floor-without-work/provider")';

for (const { name, userId } of keys)
  new pulumi.CustomResource(
    "pulumi-nodejs:dynamic/bench:NoOpKey",
    name,
    { ...outputs, userId, rotationTrigger: generation, resourceName: name, __provider },
    { additionalSecretOutputs: ["apiKey"] },
  );
