/** A server of a few lines, for what the emulator never does. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Server as NetServer } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const fixtures = join(__dirname, "..", "fixtures");
const fixture = (name: string) => readFileSync(join(fixtures, name), "utf8");

/** A self-signed certificate for `localhost` alone, valid for a hundred years; its key guards nothing. */
export const certificateFile = join(fixtures, "localhost-certificate.pem");

export function serve(answer: RequestListener) {
  return listening(createServer(answer), (port) => `http://127.0.0.1:${port}/v2`);
}

export function serveSecurely(answer: RequestListener) {
  const certificate = {
    cert: fixture("localhost-certificate.pem"),
    key: fixture("localhost-key.pem"),
  };
  return listening(
    createSecureServer(certificate, answer),
    (port) => `https://localhost:${port}/v2`,
  );
}

async function listening(server: Server, urlOf: (port: number) => string) {
  const requests: IncomingMessage[] = [];
  server.on("request", (request) => requests.push(request));
  const port = await portOf(server);
  return {
    port,
    /** Base address of the API. */
    url: urlOf(port),
    /** Every request whose headers arrived. */
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Starts any server on a free port of loopback. */
export async function portOf(server: NetServer): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
