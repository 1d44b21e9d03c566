import type { RequestListener, ServerResponse } from "node:http";
import { createServer } from "node:net";

import { ApiError, ConnectionError } from "../../../provider/vultr/errors";
import { failureKind } from "../../../provider/vultr/retry";
import type { RequestLimits } from "../../../provider/vultr/transport";
import { cut, startEmulator } from "../../emulator";
import { portOf, serve, serveSecurely } from "../../support/tiny-server";
import { listUsers, rejection, transportTo } from "./transport-to";

it.each([
  { together: 1, rounds: 20 },
  { together: 64, rounds: 3 },
])("as many connections are kept as requests at a time: $together", async (row) => {
  const { together, rounds } = row;
  const waiting: ServerResponse[] = [];
  await using server = await serve((_, response) => {
    waiting.push(response);
    if (waiting.length === together) for (const each of waiting.splice(0)) each.end("{}");
  });
  await using transport = transportTo(server.url);
  for (let round = 0; round < rounds; round += 1)
    await Promise.all(Array.from({ length: together }, () => transport.send(listUsers)));
  expect(server.requests).toHaveLength(together * rounds);
  expect(new Set(server.requests.map((request) => request.socket)).size).toBe(together);
});

it("a refused connection carried nothing", async () => {
  // Nobody listens on port 1 of loopback.
  await using transport = transportTo("http://127.0.0.1:1/v2");
  const error = await rejection(transport.send(listUsers));
  expect(error).toBeInstanceOf(ConnectionError);
  const message = "could not list users: no connection to 127.0.0.1:1 (ECONNREFUSED)";
  expect(error).toMatchObject({ sent: false, mayPass: true, message });
});

it.each(["before-work", "after-work", "mid-body"] as const)(
  "a connection that breaks (%s) may have carried the request",
  async (when) => {
    await using vultr = await startEmulator({ faults: [cut({ when })] });
    await using transport = transportTo(vultr.url, { apiKey: vultr.rootApiKey });
    const error = await rejection(transport.send(listUsers));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ sent: true, mayPass: true });
    expect(vultr.requests).toHaveLength(1); // the transport itself repeats nothing, not even a GET
  },
);

describe("TLS that cannot be trusted carries nothing, and is not tried again", () => {
  const answer: RequestListener = (_request, response) => response.end("{}");
  it.each([
    ["a certificate that nobody vouches for", serveSecurely, "NODE_EXTRA_CA_CERTS"],
    ["a server that speaks no TLS", serve, ""],
  ])("%s", async (_, start, hint) => {
    await using server = await start(answer);
    await using transport = transportTo(server.url.replace("http:", "https:"));
    const error = await rejection(transport.send(listUsers));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ sent: false, mayPass: false });
    expect((error as ConnectionError).hint).toContain(hint);
    expect(failureKind(error)).toBe("permanent");
    expect(server.requests).toHaveLength(0);
  });
});

it.each([301, 302, 303, 307, 308])(
  "a redirect ends the call, so the credential stays here: %i",
  async (status) => {
    await using other = await serve((_request, response) => response.end("{}"));
    await using server = await serve((_request, response) => {
      response.writeHead(status, { location: other.url.replace("127.0.0.1", "localhost") }).end();
    });
    await using transport = transportTo(server.url);
    const hint = expect.stringContaining("Redirects") as string;
    for (const method of ["GET", "POST", "DELETE"] as const) {
      const error = await rejection(transport.send({ ...listUsers, method }));
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ status, hint });
    }
    expect(server.requests).toHaveLength(3);
    expect(other.requests).toHaveLength(0);
  },
);

it("a base address that is not Vultr's is told by its 404", async () => {
  await using vultr = await startEmulator();
  await using transport = transportTo(vultr.url.replace("/v2", ""), { apiKey: vultr.rootApiKey });
  const hint = expect.stringContaining("does not end with /v2") as string;
  expect(await rejection(transport.send(listUsers))).toMatchObject({ status: 404, hint });
});

describe("time runs out", () => {
  const silent: RequestListener = () => undefined;
  const stalling: RequestListener = (_request, response) => response.write('{"users":');
  const dripping: RequestListener = (_request, response) => {
    const timer = setInterval(() => response.write(" "), 5);
    response.on("close", () => {
      clearInterval(timer);
    });
  };

  // The other limits are far away: were the one in question ignored, the test would not end.
  // A second is time enough to connect on a busy machine; all wait for it together.
  it("each time limit ends a request that was sent", async () => {
    const ended = async (limits: Partial<RequestLimits>, answer: RequestListener) => {
      await using server = await serve(answer);
      await using transport = transportTo(server.url, { limits });
      const error = await rejection(transport.send(listUsers));
      return { limits, answer, error, requests: server.requests.length };
    };
    const endings = await Promise.all([
      ended({ headersTimeoutMs: 1_000 }, silent),
      ended({ bodyTimeoutMs: 1_000 }, stalling),
      ended({ requestTimeoutMs: 1_000 }, silent),
      ended({ requestTimeoutMs: 1_000 }, dripping),
    ]);
    const message = expect.stringMatching(/did not answer in time$/) as string;
    const error = { name: "ConnectionError", message, sent: true, mayPass: true };
    for (const ending of endings) expect(ending).toMatchObject({ error, requests: 1 });
  });

  it("a connection that is not made in time was not used", async () => {
    // TLS waits for an answer that never comes.
    await using server = createServer((socket) => socket.resume());
    const url = `https://127.0.0.1:${await portOf(server)}/v2`;
    await using transport = transportTo(url, { limits: { connectTimeoutMs: 20 } });
    const error = await rejection(transport.send(listUsers));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ sent: false, mayPass: true });
  });
});
