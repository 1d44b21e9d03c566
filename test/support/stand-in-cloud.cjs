#!/usr/bin/env node
/**
 * Stands in for the plugin of a cloud that no test can reach: takes every resource as the program declares
 * it, and tells the test of each write before it answers. Pulumi starts it under the plugin's name, such as
 * `pulumi-resource-kubernetes`; the test listens at STAND_IN_CLOUD_URL.
 */
"use strict";

const { randomUUID } = require("node:crypto");
const { createRequire } = require("node:module");
const { isDeepStrictEqual } = require("node:util");

const fromSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
const grpc = fromSdk("@grpc/grpc-js");
const { ResourceProviderService } = fromSdk("./proto/provider_grpc_pb");
const messages = fromSdk("./proto/provider_pb");
const { PluginInfo } = fromSdk("./proto/plugin_pb");
const { Empty } = fromSdk("google-protobuf/google/protobuf/empty_pb");
const { Struct } = fromSdk("google-protobuf/google/protobuf/struct_pb");

/** @throws {Error} with what the test answers, if this write is to fail */
async function tell(verb, urn, properties) {
  const [, , type, name] = urn.split("::");
  const body = JSON.stringify({ verb, type, name, properties: properties?.toJavaScript() });
  const response = await fetch(process.env.STAND_IN_CLOUD_URL, { method: "POST", body });
  if (!response.ok) throw new Error(await response.text());
}

const verbs = {
  getPluginInfo: () => new PluginInfo().setVersion("0.0.0"),
  checkConfig: (request) => new messages.CheckResponse().setInputs(request.getNews()),
  diffConfig: () => new messages.DiffResponse(),
  configure: () => new messages.ConfigureResponse().setSupportspreview(true),
  check: (request) => new messages.CheckResponse().setInputs(request.getNews()),
  diff(request) {
    const [old, now] = [request.getOldInputs(), request.getNews()].map((each) =>
      each.toJavaScript(),
    );
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
    const answer = new messages.DiffResponse();
    if (isDeepStrictEqual(old, now)) return answer.setChanges(DIFF_NONE);
    const isNew = isSecret(request) && !isDeepStrictEqual(old.stringData, now.stringData);
    return answer.setChanges(DIFF_SOME).setReplacesList(isNew ? ["stringData"] : []);
  },
  async create(request) {
    const properties = request.getProperties();
    if (!request.getPreview()) await tell("create", request.getUrn(), properties);
    return new messages.CreateResponse().setId("made").setProperties(named(request, properties));
  },
  async update(request) {
    const properties = request.getNews();
    if (!request.getPreview()) await tell("update", request.getUrn(), properties);
    return new messages.UpdateResponse().setProperties(properties);
  },
  read: (request) =>
    new messages.ReadResponse().setId(request.getId()).setProperties(request.getProperties()),
  async delete(request) {
    await tell("delete", request.getUrn());
    return new Empty();
  },
  cancel: () => new Empty(),
};

/** What the real plugin does here: it makes a new Secret for new data, and names what has no name. */
const isSecret = (request) => request.getUrn().includes("::kubernetes:core/v1:Secret::");

function named(request, properties) {
  if (!isSecret(request)) return properties;
  const name = `${request.getUrn().split("::").at(-1)}-${randomUUID()}`;
  return Struct.fromJavaScript({ ...properties.toJavaScript(), metadata: { name } });
}

const server = new grpc.Server();
const answering = (verb) => (call, answer) =>
  Promise.resolve(call.request)
    .then(verb)
    .then(
      (response) => answer(null, response),
      (error) => answer({ code: grpc.status.UNKNOWN, details: error.message }),
    );
server.addService(
  ResourceProviderService,
  Object.fromEntries(Object.entries(verbs).map(([name, verb]) => [name, answering(verb)])),
);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
