import { createServer, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";

import { answerOf } from "./in-a-process";
import { certificateFile, portOf, serveSecurely } from "./tiny-server";

type OnConnect = (request: IncomingMessage, socket: Socket) => void;

/** Opens a tunnel to any port of loopback. */
const tunnel: OnConnect = (request, socket) => {
  const onward = connect(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    onward.pipe(socket).pipe(onward);
  });
  onward.on("error", () => socket.destroy());
  socket.on("error", () => onward.destroy());
};

async function startProxy(onConnect: OnConnect) {
  const tunnels: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    tunnels.push(request);
    sockets.add(socket);
    onConnect(request, socket);
  });
  const port = await portOf(server);
  return {
    url: `http://127.0.0.1:${port}`,
    tunnels,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** One GET in a process with this environment: the answer, or what is said of the failure. */
function get(url: string, environment: Record<string, string>): Promise<unknown> {
  const program = `
    const { createTransport } = load("vultr/transport.js");
    const { failureKind } = load("vultr/retry.js");
    const [apiUrl, apiKey, userAgent] = [${JSON.stringify(url)}, "key-of-the-tests", "tests/1.0"];
    const transport = createTransport({ apiUrl, apiKey, userAgent, now: Date.now });
    const failed = (error) => ({ kind: failureKind(error), message: error.message });
    transport.send({ method: "GET", path: "/users", action: "list users" })
      .catch(failed)
      .then((answer) => console.log(JSON.stringify(answer)))
      .then(() => transport.close());
  `;
  return answerOf(program, { NODE_EXTRA_CA_CERTS: certificateFile, ...environment });
}

const startVultr = () => serveSecurely((_request, response) => response.end('{"users":[]}'));

describe("HTTPS_PROXY and NO_PROXY decide the way", () => {
  it.each([
    { environment: {}, tunnels: 0 },
    { environment: { HTTPS_PROXY: "the proxy" }, tunnels: 1 },
    { environment: { https_proxy: "the proxy" }, tunnels: 1 },
    { environment: { HTTPS_PROXY: "the proxy", NO_PROXY: "localhost" }, tunnels: 0 },
    { environment: { HTTPS_PROXY: "the proxy", NO_PROXY: "example.com" }, tunnels: 1 },
  ])("$environment: $tunnels tunnels", async ({ environment, tunnels }) => {
    await using vultr = await startVultr();
    await using proxy = await startProxy(tunnel);
    const given = Object.entries(environment).map(([name, value]): [string, string] => [
      name,
      value.replace("the proxy", proxy.url),
    ]);
    expect(await get(vultr.url, Object.fromEntries(given))).toEqual({ users: [] });
    expect(proxy.tunnels.map((request) => request.url)).toEqual(
      Array.from({ length: tunnels }, () => `localhost:${vultr.port}`),
    );
    expect(vultr.requests[0]!.headers.authorization).toBe("Bearer key-of-the-tests");
  });

  it("the proxy never sees the credential", async () => {
    await using vultr = await startVultr();
    await using proxy = await startProxy(tunnel);
    await get(vultr.url, { HTTPS_PROXY: proxy.url });
    expect(proxy.tunnels).toHaveLength(1);
    expect(proxy.tunnels[0]!.rawHeaders.join("\n")).not.toContain("key-of-the-tests");
  });
});

describe("a proxy that does not open the tunnel", () => {
  const answering =
    (status: string): OnConnect =>
    (_request, socket) => {
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
    };

  it.each<{ proxy: string; onConnect: OnConnect; kind: string; says: string }>([
    {
      proxy: "asks for a password",
      onConnect: answering("407 Proxy Authentication Required"),
      kind: "permanent",
      says: "the proxy refused",
    },
    {
      proxy: "forbids it",
      onConnect: answering("403 Forbidden"),
      kind: "permanent",
      says: "the proxy refused",
    },
    {
      proxy: "hangs up",
      onConnect: (_request, socket) => socket.destroy(),
      kind: "unsent",
      says: "no connection to localhost",
    },
  ])("$proxy: $kind", async ({ onConnect, kind, says }) => {
    await using vultr = await startVultr();
    await using proxy = await startProxy(onConnect);
    expect(await get(vultr.url, { HTTPS_PROXY: proxy.url })).toEqual({
      kind,
      message: expect.stringContaining(says) as string,
    });
    expect(vultr.requests).toHaveLength(0);
  });

  it("is not there: unsent", async () => {
    await using vultr = await startVultr();
    expect(await get(vultr.url, { HTTPS_PROXY: "http://127.0.0.1:1" })).toMatchObject({
      kind: "unsent",
    });
  });
});

describe("NODE_EXTRA_CA_CERTS vouches for a certificate, but not for another name than its own", () => {
  it.each([true, false])("through a proxy: %p", async (isProxied) => {
    await using vultr = await startVultr();
    await using proxy = await startProxy(tunnel);
    const address = vultr.url.replace("localhost", "127.0.0.1");
    expect(await get(address, isProxied ? { HTTPS_PROXY: proxy.url } : {})).toEqual({
      kind: "permanent",
      message: expect.stringContaining("is not trusted") as string,
    });
    expect(vultr.requests).toHaveLength(0);
  });
});
