import { createServer } from "node:net";
import type { RequestListener } from "node:http";

import { ConnectionError } from "../../../provider/vultr/errors";
import type { RequestLimits } from "../../../provider/vultr/transport";
import { portOf, serve } from "./tiny-server";
import { listUsers, rejection, transportTo } from "./transport-to";

const silent: RequestListener = () => undefined;

const stalling: RequestListener = (_request, response) => {
  response.write('{"users":');
};

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
  for (const ending of endings) {
    const message = expect.stringMatching(/did not answer in time$/) as string;
    const error = { name: "ConnectionError", message, sent: true, mayPass: true };
    expect(ending).toMatchObject({ error, requests: 1 });
  }
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
