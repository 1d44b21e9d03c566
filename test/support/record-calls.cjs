"use strict";
/* Loaded into every Node process of a run by NODE_OPTIONS: writes down what the engine asks of the provider. */
const { appendFileSync } = require("node:fs");
const Module = require("node:module");

const load = Module._load;

/** Which argument of each verb holds the hidden input or output that names the resource. */
const named = { check: 1, diff: 2, create: 0, read: 1, update: 2, delete: 1 };

function listening(provider) {
  const verbs = Object.entries(named).map(([verb, at]) => {
    const call = (...args) => {
      const isNew = verb === "check" && Object.keys(args[0]).length === 0;
      const heard = { verb: isNew ? "check as new" : verb, urn: args[at]?.resourceUrn ?? "" };
      appendFileSync(process.env.RECORDED_CALLS, `${JSON.stringify(heard)}\n`);
      return provider[verb](...args);
    };
    return [verb, call];
  });
  return { ...provider, ...Object.fromEntries(verbs) };
}

Module._load = function (request, ...others) {
  const loaded = load.call(this, request, ...others);
  return request === "pulumi-vultr-user-api-key/provider" ? listening(loaded) : loaded;
};
