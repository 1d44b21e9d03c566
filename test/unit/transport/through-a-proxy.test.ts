import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { connect, type Socket } from "node:net";

import { answerOf } from "./in-a-process";
import { certificateFile, portOf, serve, serveSecurely } from "./tiny-server";

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

const answer: RequestListener = (_request, response) => response.end('{"users":[]}');

/**
 * A server whose name is written so that it does not read as loopback, and suits its certificate all the
 * same. The proxy finds it; whether this machine does is no matter of ours.
 */
async function startVultr() {
  const server = await serveSecurely(answer);
  return { ...server, url: `https://localhost.:${server.port}/v2` };
}

/** The environment with the proxy's address in it. */
function withAddressOf(proxy: { url: string }, environment: Record<string, string>) {
  const given = Object.entries(environment).map(([name, value]): [string, string] => [
    name,
    value.replace("the proxy", proxy.url),
  ]);
  return Object.fromEntries(given);
}

describe("HTTPS_PROXY and NO_PROXY decide the way", () => {
  it.each<Record<string, string>>([
    { HTTPS_PROXY: "the proxy" },
    { https_proxy: "the proxy" },
    { HTTPS_PROXY: "the proxy", NO_PROXY: "example.com" },
  ])("%j: through the proxy", async (environment) => {
    await using vultr = await startVultr();
    await using proxy = await startProxy(tunnel);
    expect(await get(vultr.url, withAddressOf(proxy, environment))).toEqual({ users: [] });
    expect(proxy.tunnels.map((request) => request.url)).toEqual([`localhost.:${vultr.port}`]);
    expect(vultr.requests[0]!.headers.authorization).toBe("Bearer key-of-the-tests");
  });

  it.each<Record<string, string>>([
    {},
    { HTTPS_PROXY: "the proxy", NO_PROXY: "localhost." },
    { HTTPS_PROXY: "the proxy", NO_PROXY: "*" },
  ])("%j: past it", async (environment) => {
    await using proxy = await startProxy(tunnel);
    // Nobody listens at the discard port, wherever the name leads.
    const end = await get("https://localhost.:9/v2", withAddressOf(proxy, environment));
    expect(end).toMatchObject({ kind: "unsent" });
    expect(proxy.tunnels).toEqual([]);
  });

  it("the proxy never sees the credential", async () => {
    await using vultr = await startVultr();
    await using proxy = await startProxy(tunnel);
    await get(vultr.url, { HTTPS_PROXY: proxy.url });
    expect(proxy.tunnels).toHaveLength(1);
    expect(proxy.tunnels[0]!.rawHeaders.join("\n")).not.toContain("key-of-the-tests");
  });
});

describe("loopback is reached past every proxy, which would get the credential of plain http in clear", () => {
  const everyProxy = {
    HTTP_PROXY: "the proxy",
    http_proxy: "the proxy",
    HTTPS_PROXY: "the proxy",
    https_proxy: "the proxy",
  };

  it.each([
    { scheme: "http", start: () => serve(answer) },
    { scheme: "https", start: () => serveSecurely(answer) },
  ])("$scheme", async ({ start }) => {
    await using vultr = await start();
    await using proxy = await startProxy(tunnel);
    expect(await get(vultr.url, withAddressOf(proxy, everyProxy))).toEqual({ users: [] });
    expect(proxy.tunnels).toEqual([]);
    expect(vultr.requests).toHaveLength(1);
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
      says: "no connection to localhost.",
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
    const address = isProxied ? "https://another.example" : "https://127.0.0.1";
    expect(
      await get(`${address}:${vultr.port}/v2`, isProxied ? { HTTPS_PROXY: proxy.url } : {}),
    ).toEqual({
      kind: "permanent",
      message: expect.stringContaining("is not trusted") as string,
    });
    expect(vultr.requests).toHaveLength(0);
  });
});
