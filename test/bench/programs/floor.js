/**
 * The engine floor's program: as many resources, with args and outputs of the same names and
 * lengths, through the same dynamic provider plugin, loaded by a text of the same kind. What it
 * lacks is work: its provider answers at once.
 */
"use strict";

const pulumi = require("@pulumi/pulumi");

const { keys, generation } = require("./workload.json");

const outputs = {
  apiKey: undefined,
  keyId: undefined,
  userId: undefined,
  name: undefined,
  dateExpire: undefined,
  createdAt: undefined,
  fingerprint: undefined,
  verifiedAt: undefined,
};

class NoOpKey extends pulumi.CustomResource {
  constructor(name, args) {
    const __provider = 'exports.handler=()=>require("bench-floor-without-work/provider")';
    super(
      "pulumi-nodejs:dynamic/bench:NoOpKey",
      name,
      { ...outputs, ...args, resourceName: name, __provider },
      { additionalSecretOutputs: ["apiKey"] },
    );
  }
}

for (const { name, userId } of keys) new NoOpKey(name, { userId, rotationTrigger: generation });
