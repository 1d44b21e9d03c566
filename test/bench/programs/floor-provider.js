/** The engine floor's provider: it answers every call at once, with outputs as long as a real key's. */
"use strict";

const { randomUUID } = require("node:crypto");

exports.check = async (_olds, inputs) => ({ inputs, failures: [] });

exports.diff = async (_id, olds, news) => {
  const isRotated = olds.rotationTrigger !== news.rotationTrigger;
  return {
    changes: isRotated,
    replaces: isRotated ? ["rotationTrigger"] : [],
    deleteBeforeReplace: false,
  };
};

exports.create = async (inputs) => {
  const keyId = randomUUID();
  const outs = {
    ...inputs,
    keyId,
    name: `${inputs.resourceName}-abcdefgh`,
    apiKey: "EXAMPLE000000000000000000000000AB123",
    createdAt: "2031-06-30T00:00:00Z",
    verifiedAt: "2031-06-30T00:00:00Z",
    fingerprint: "0123456789ab",
  };
  return { id: `${inputs.userId}/${keyId}`, outs };
};

exports.read = async (id, props) => ({ id, props });

exports.delete = async () => {};
