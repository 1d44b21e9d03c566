import { createServer } from "node:net";
import type { RequestListener } from "node:http";

import { ConnectionError, TimeoutError } from "../../../provider/vultr/errors";
import type { RequestLimits } from "../../../provider/vultr/transport";
import { portOf, serve } from "./tiny-server";
import { listUsers, rejection, transportTo } from "./transport-to";

interface Case {
  limits: Partial<RequestLimits>;
  server: string;
  answer: RequestListener;
}

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
describe("each time limit ends a request that was sent", () => {
  it.concurrent.each<Case>([
    { limits: { headersTimeoutMs: 1_000 }, server: "says nothing", answer: silent },
    { limits: { bodyTimeoutMs: 1_000 }, server: "stops in the middle", answer: stalling },
    { limits: { requestTimeoutMs: 1_000 }, server: "says nothing", answer: silent },
    { limits: { requestTimeoutMs: 1_000 }, server: "sends byte by byte", answer: dripping },
  ])("$limits: the server $server", async ({ limits, answer }) => {
    await using server = await serve(answer);
    await using transport = transportTo(server.url, { limits });
    const error = await rejection(transport.send(listUsers));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ sent: true, mayPass: true });
    expect(server.requests).toHaveLength(1);
  });
});

it.concurrent("a connection that is not made in time was not used", async () => {
  // TLS waits for an answer that never comes.
  await using server = createServer((socket) => socket.resume());
  const url = `https://127.0.0.1:${await portOf(server)}/v2`;
  await using transport = transportTo(url, { limits: { connectTimeoutMs: 20 } });
  const error = await rejection(transport.send(listUsers));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ sent: false, mayPass: true });
});
