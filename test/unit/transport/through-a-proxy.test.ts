import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { connect, type Socket } from "node:net";

import { answerOf } from "./in-a-process";
import { certificateFile, portOf, serve, serveSecurely } from "../../support/tiny-server";

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

/**
 * One GET in a process with this environment, in which "the proxy" stands for its address: the answer, or
 * what is said of the failure.
 */
function get(url: string, given: Record<string, string>, proxy: { url: string }): Promise<unknown> {
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
  const environment: Record<string, string> = { NODE_EXTRA_CA_CERTS: certificateFile };
  for (const [name, value] of Object.entries(given))
    environment[name] = value.replace("the proxy", proxy.url);
  return answerOf(program, environment);
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

it.each<Record<string, string>>([
  { HTTPS_PROXY: "the proxy" },
  { https_proxy: "the proxy", NO_PROXY: "example.com" },
])(
  "through the proxy that the environment names, which never sees the credential: %j",
  async (of) => {
    await using vultr = await startVultr();
    await using proxy = await startProxy(tunnel);
    expect(await get(vultr.url, of, proxy)).toEqual({ users: [] });
    expect(proxy.tunnels.map((request) => request.url)).toEqual([`localhost.:${vultr.port}`]);
    expect(vultr.requests[0]!.headers.authorization).toBe("Bearer key-of-the-tests");
    expect(proxy.tunnels[0]!.rawHeaders.join("\n")).not.toContain("key-of-the-tests");
  },
);

it.each<Record<string, string>>([
  {},
  { HTTPS_PROXY: "the proxy", NO_PROXY: "localhost." },
  { HTTPS_PROXY: "the proxy", NO_PROXY: "*" },
])("past every proxy: %j", async (environment) => {
  await using proxy = await startProxy(tunnel);
  // Nobody listens at the discard port, wherever the name leads.
  const end = await get("https://localhost.:9/v2", environment, proxy);
  expect(end).toMatchObject({ kind: "unsent" });
  expect(proxy.tunnels).toEqual([]);
});

it.each([
  ["http", serve],
  ["https", serveSecurely],
])("%s to loopback past every proxy, which would get its credential in clear", async (_, start) => {
  const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"];
  const environment = Object.fromEntries(names.map((name) => [name, "the proxy"]));
  await using vultr = await start(answer);
  await using proxy = await startProxy(tunnel);
  expect(await get(vultr.url, environment, proxy)).toEqual({ users: [] });
  expect(proxy.tunnels).toEqual([]);
});

describe("a proxy that does not open the tunnel", () => {
  const answering =
    (status: string): OnConnect =>
    (_request, socket) =>
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
  const needsPassword = answering("407 Proxy Authentication Required");
  const hangUp: OnConnect = (_request, socket) => socket.destroy();

  it.each<[what: string, onConnect: OnConnect, kind: string, says: string]>([
    ["asks for a password", needsPassword, "permanent", "the proxy refused"],
    ["forbids it", answering("403 Forbidden"), "permanent", "the proxy refused"],
    ["hangs up", hangUp, "unsent", "no connection to localhost."],
  ])("%s: %s", async (_, onConnect, kind, says) => {
    await using vultr = await startVultr();
    await using proxy = await startProxy(onConnect);
    const message = expect.stringContaining(says) as string;
    expect(await get(vultr.url, { HTTPS_PROXY: "the proxy" }, proxy)).toEqual({ kind, message });
    expect(vultr.requests).toHaveLength(0);
  });
});

it.each([
  { HTTPS_PROXY: "proxy.example.com:3128" },
  { https_proxy: "user:secret-of-the-proxy@127.0.0.1:3128" },
  { HTTP_PROXY: "http://user:per%cent@127.0.0.1:3128" },
])("a proxy that is no address is a mistake that people can mend: %j", async (environment) => {
  const program = `
    const { connect } = load("vultr/connect.js");
    const settings = { apiUrl: "https://localhost.:9/v2", apiKey: "key-of-the-tests", requestsPerSecond: 30 };
    connect(settings, {}).catch((error) => console.log(JSON.stringify([error.message, error.hint])));
  `;
  expect(await answerOf(program, environment)).toEqual([
    "could not use the proxy that HTTPS_PROXY or HTTP_PROXY names: it is no address",
    "Write it with its protocol, like http://proxy.example.com:3128. Then run again.",
  ]);
});

describe("NODE_EXTRA_CA_CERTS vouches for a certificate, but not for another name than its own", () => {
  it.each([
    ["https://another.example", { HTTPS_PROXY: "the proxy" }],
    ["https://127.0.0.1", {}],
  ])("%s %j", async (address, environment) => {
    await using vultr = await startVultr();
    await using proxy = await startProxy(tunnel);
    const message = expect.stringContaining("is not trusted") as string;
    const end = await get(`${address}:${vultr.port}/v2`, environment, proxy);
    expect(end).toEqual({ kind: "permanent", message });
    expect(vultr.requests).toHaveLength(0);
  });
});
