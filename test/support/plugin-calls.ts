/** Calls the plugin's verbs as the engine does: by messages of its protocol, secrets in plaintext. */
import type { ServiceDefinition } from "@grpc/grpc-js";
import type { Message } from "google-protobuf";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";

import type { Verbs } from "../../provider/doors/plugin/protocol";
import type { Properties } from "../../provider/keys/engine-values";

/** Brings a request to a verb, and its answer back. */
export type Send = <Answer>(verb: string, request: Message) => Promise<Answer>;

/** A resource as the engine names it in every request. */
export interface Named {
  urn: string;
  id?: string;
}

export interface FoundDiff {
  changes: boolean;
  replaces: string[];
  /** Kinds such as `UPDATE_REPLACE`, by the name of the property; `ADD of state` where no arg changes. */
  detailed: Record<string, string>;
}

const service = ResourceProviderService as unknown as ServiceDefinition;

/** The verbs of a service of this process. What is sent goes through the wire format. */
export function sendTo(verbs: Verbs): Send {
  return async (name, request) => {
    const method = service[name]!;
    const read: unknown = method.requestDeserialize(method.requestSerialize(request));
    const answer: unknown = await (verbs[name] as (request: unknown) => unknown)(read);
    return method.responseDeserialize(method.responseSerialize(answer)) as never;
  };
}

function structOf(properties: object): Struct {
  return Struct.fromJavaScript(
    JSON.parse(JSON.stringify(properties)) as Record<string, JavaScriptValue>,
  );
}

const propertiesOf = (struct: Struct | undefined): Properties => struct?.toJavaScript() ?? {};

export type PluginCalls = ReturnType<typeof pluginCalls>;

/** Properties that come back are as the plugin put them: secrets marked. */
export function pluginCalls(send: Send) {
  const checkAs =
    (verb: "check" | "checkConfig") => async (urn: string, olds: object, news: object) => {
      const request = new messages.CheckRequest().setUrn(urn);
      request.setOlds(structOf(olds)).setNews(structOf(news));
      const answer = await send<messages.CheckResponse>(verb, request);
      return {
        inputs: propertiesOf(answer.getInputs()),
        failures: answer.getFailuresList().map((failure) => failure.toObject()),
      };
    };
  const diffAs =
    (verb: "diff" | "diffConfig") =>
    async (
      { urn, id = "" }: Named,
      olds: object,
      oldInputs: object,
      news: object,
    ): Promise<FoundDiff> => {
      const request = new messages.DiffRequest().setUrn(urn).setId(id);
      request.setOlds(structOf(olds)).setNews(structOf(news)).setOldInputs(structOf(oldInputs));
      const answer = await send<messages.DiffResponse>(verb, request);
      const detailed: [string, string][] = [];
      answer.getDetaileddiffMap().forEach((change, name) => detailed.push([name, kindOf(change)]));
      return {
        changes: answer.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
        replaces: answer.getReplacesList(),
        detailed: Object.fromEntries(detailed),
      };
    };

  return {
    send,
    checkConfig: checkAs("checkConfig"),
    diffConfig: diffAs("diffConfig"),
    configure(args: object, urn = "") {
      const request = new messages.ConfigureRequest().setArgs(structOf(args)).setUrn(urn);
      return send<messages.ConfigureResponse>("configure", request);
    },
    check: checkAs("check"),
    diff: diffAs("diff"),
    async create(urn: string, inputs: object, { preview = false, timeoutSeconds = 0 } = {}) {
      const request = new messages.CreateRequest().setUrn(urn).setProperties(structOf(inputs));
      request.setPreview(preview).setTimeout(timeoutSeconds);
      const answer = await send<messages.CreateResponse>("create", request);
      return { id: answer.getId(), properties: propertiesOf(answer.getProperties()) };
    },
    async read({ urn, id = "" }: Named, properties: object = {}, inputs: object = {}) {
      const request = new messages.ReadRequest().setUrn(urn).setId(id);
      request.setProperties(structOf(properties)).setInputs(structOf(inputs));
      const answer = await send<messages.ReadResponse>("read", request);
      return {
        id: answer.getId(),
        properties: propertiesOf(answer.getProperties()),
        inputs: propertiesOf(answer.getInputs()),
      };
    },
    async update(
      { urn, id = "" }: Named,
      olds: object,
      oldInputs: object,
      news: object,
      preview = false,
    ) {
      const request = new messages.UpdateRequest().setUrn(urn).setId(id).setPreview(preview);
      request.setOlds(structOf(olds)).setNews(structOf(news)).setOldInputs(structOf(oldInputs));
      const answer = await send<messages.UpdateResponse>("update", request);
      return propertiesOf(answer.getProperties());
    },
    async delete({ urn, id = "" }: Named, properties: object, timeoutSeconds = 0) {
      const request = new messages.DeleteRequest().setUrn(urn).setId(id);
      request.setTimeout(timeoutSeconds);
      await send("delete", request.setProperties(structOf(properties)));
    },
  };
}

function kindOf(change: messages.PropertyDiff): string {
  const kinds = Object.entries(messages.PropertyDiff.Kind);
  const [name = ""] = kinds.find(([, kind]) => kind === change.getKind()) ?? [];
  return change.getInputdiff() ? name : `${name} of state`;
}
