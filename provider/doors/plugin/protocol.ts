/**
 * Pulumi's plugin protocol: a gRPC service on loopback, whose port is the first line of standard output.
 * gRPC and protobuf are the copies that Pulumi's SDK brings; the SDK itself is not loaded, it is slow.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
 */
import { createRequire } from "node:module";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type * as Grpc from "@grpc/grpc-js";
import type * as Empty from "google-protobuf/google/protobuf/empty_pb";
import type * as Any from "google-protobuf/google/protobuf/any_pb";
import type * as Struct from "google-protobuf/google/protobuf/struct_pb";

import { type Properties, unmarked } from "../../keys/engine-values";
import { withoutUndefined } from "../../keys/state";
import type { ShownError } from "../present-error";

const fromSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
const grpc = fromSdk("@grpc/grpc-js") as typeof Grpc;
const { Struct: StructMessage } = fromSdk(
  "google-protobuf/google/protobuf/struct_pb",
) as typeof Struct;
const { Any: AnyMessage } = fromSdk("google-protobuf/google/protobuf/any_pb") as typeof Any;
/** The answer of verbs that have nothing to say. */
export const { Empty: EmptyMessage } = fromSdk(
  "google-protobuf/google/protobuf/empty_pb",
) as typeof Empty;

/** The service's verbs by their names in the protocol; what is missing is answered by "unimplemented". */
export type Verbs = Record<string, (request: never) => unknown>;

/** How often it is looked whether the engine still runs, in milliseconds. */
const lookForEngineMs = 1_000;

/**
 * Serves until the process is ended. Prints the port that the engine is to call. An engine that was killed
 * ends no plugin: what is at work is canceled then, and the process ends once that has cleaned up.
 */
export function serve(verbs: Verbs & { cancel: () => unknown }): void {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
  const engine = process.ppid;
  let atWork = 0;
  setInterval(() => {
    if (process.ppid === engine) return;
    verbs.cancel();
    if (atWork === 0) process.exit();
  }, lookForEngineMs);
  const implementation = Object.entries(verbs).map(([name, verb]) => {
    const handler: Grpc.handleUnaryCall<never, unknown> = ({ request }, answer) => {
      atWork += 1;
      void Promise.resolve()
        .then(() => verb(request))
        .finally(() => (atWork -= 1))
        .then(
          (response) => {
            answer(null, response);
          },
          (error: unknown) => {
            answer(statusOf(error));
          },
        );
    };
    return [name, handler];
  });
  server.addService(
    ResourceProviderService,
    Object.fromEntries(implementation) as Grpc.UntypedServiceImplementation,
  );
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
}

/** An object that was made and is not in order comes with the error: the engine records it and fails the run. */
function statusOf(error: unknown): Partial<Grpc.StatusObject> {
  const { message, id, properties } = error as ShownError;
  const metadata = new grpc.Metadata();
  if (id !== undefined && properties !== undefined) {
    const failure = new ErrorResourceInitFailed()
      .setId(id)
      .setProperties(structOf(properties))
      .setReasonsList([message]);
    const detail = new AnyMessage();
    detail.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(message);
    status.addDetails(detail);
    // Node's gRPC has no other way to send the details of an error.
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  }
  return { code: grpc.status.UNKNOWN, details: message, metadata };
}

/** State of the dynamic provider has more: what identified a resource there, and the text that loaded the provider. */
export function withoutIdentity(properties: object): Properties {
  const {
    resourceName: _name,
    resourceUrn: _urn,
    __provider: _provider,
    ...others
  } = properties as Properties;
  return others;
}

/** Properties for an answer; what is undefined, and what identifies the resource, is left out. */
export function structOf(properties: object): Struct.Struct {
  // The message class refuses undefined.
  return StructMessage.fromJavaScript(
    withoutUndefined(withoutIdentity(properties)) as Record<string, Struct.JavaScriptValue>,
  );
}

/** Properties in plain: the service asks the engine for secrets in plaintext, and takes off what marks are left. */
export function propertiesOf(struct: Struct.Struct | undefined): Properties {
  return unmarked(struct?.toJavaScript() ?? {}) as Properties;
}

/** Shows people one line beside a resource; resolves when the engine has it, or cannot be reached. */
export type Log = (urn: string, severity: "info" | "warning", message: string) => Promise<void>;

/** @param address where the engine listens, as it told this process */
export function logOf(address: string): Log {
  // gRPC would look for the engine, which runs on this machine, behind the proxy that the environment names.
  const options = { "grpc.enable_http_proxy": 0 };
  const engine = new EngineClient(address, grpc.credentials.createInsecure(), options);
  return (urn, severity, message) => {
    const request = new LogRequest()
      .setUrn(urn)
      .setSeverity(severity === "warning" ? LogSeverity.WARNING : LogSeverity.INFO)
      .setMessage(message);
    return new Promise((resolve) => {
      engine.log(request, () => {
        resolve();
      });
    });
  };
}
