"use strict";
/* Loaded into every Node process of a run by NODE_OPTIONS: writes down what the engine asks of the provider. */
const { appendFileSync } = require("node:fs");
const Module = require("node:module");

const load = Module._load;
const urnIn = (props) => props?.resourceUrn ?? "";

function note(verb, urn) {
  appendFileSync(
    process.env.RECORDED_CALLS,
    `${JSON.stringify({ process: process.pid, verb, urn })}\n`,
  );
}

function listening(provider) {
  return {
    ...provider,
    check(olds, news) {
      note(Object.keys(olds).length === 0 ? "check as new" : "check", urnIn(news));
      return provider.check(olds, news);
    },
    diff(id, state, news) {
      note("diff", urnIn(news));
      return provider.diff(id, state, news);
    },
    create(news) {
      note("create", urnIn(news));
      return provider.create(news);
    },
    read(id, state) {
      note("read", urnIn(state));
      return provider.read(id, state);
    },
    update(id, state, news) {
      note("update", urnIn(news));
      return provider.update(id, state, news);
    },
    delete(id, state) {
      note("delete", urnIn(state));
      return provider.delete(id, state);
    },
  };
}

Module._load = function (request, ...others) {
  const loaded = load.call(this, request, ...others);
  return request === "pulumi-vultr-user-api-key/provider" ? listening(loaded) : loaded;
};
