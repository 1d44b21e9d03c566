/** The built plugin in a process of its own, and an engine that takes its lines, over real gRPC. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import type { Message } from "google-protobuf";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { type LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";

import { repositoryRoot } from "../../support/installed-package";
import { pluginCalls, type Send } from "../../support/plugin-calls";

/** The file that `bin` names. */
const pluginFile = join(repositoryRoot, "dist", "doors", "plugin", "main.js");

interface EngineLine {
  urn: string;
  severity: string;
  message: string;
}

/** Takes lines, each `lateMs` milliseconds late. */
export async function startEngine(lateMs = 0) {
  const lines: EngineLine[] = [];
  const server = new grpc.Server();
  const log: grpc.handleUnaryCall<LogRequest, Empty> = ({ request }, answer) => {
    setTimeout(() => {
      const names = Object.entries(LogSeverity);
      const [severity = ""] = names.find(([, value]) => value === request.getSeverity()) ?? [];
      lines.push({ urn: request.getUrn(), severity, message: request.getMessage() });
      answer(null, new Empty());
    }, lateMs);
  };
  server.addService(EngineService, { log });
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    lines,
    [Symbol.dispose]: () => {
      server.forceShutdown();
    },
  };
}

type UnaryCall = (
  request: Message,
  done: (error: grpc.ServiceError | null, answer: unknown) => void,
) => void;

/** @param nodeArgs what stands before the plugin's file on Node's command line */
export async function startPluginProcess(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  nodeArgs: readonly string[] = [],
) {
  const child = spawn(process.execPath, [...nodeArgs, pluginFile, ...args], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const output: string[] = [];
  const reader = createInterface(child.stdout);
  reader.on("line", (line) => output.push(line));
  await Promise.race([once(reader, "line"), exited]);
  const address = `127.0.0.1:${output[0] ?? "0"}`;
  const client = new ResourceProviderClient(address, grpc.credentials.createInsecure());
  const send: Send = (verb, request) =>
    new Promise((resolve, reject) => {
      const call = (client as unknown as Record<string, UnaryCall>)[verb]!;
      call.call(client, request, (error, answer) => {
        if (error === null) resolve(answer as never);
        else reject(error);
      });
    });
  return {
    ...pluginCalls(send),
    /** Lines of its standard output. */
    output,
    async [Symbol.asyncDispose]() {
      (client as unknown as grpc.Client).close();
      child.kill();
      await exited;
    },
  };
}
