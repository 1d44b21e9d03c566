import type { ServerResponse } from "node:http";

import { serve, type TinyServer } from "./tiny-server";
import { listUsers, transportTo } from "./transport-to";

/** Answers once `together` requests are waiting, so that as many are under way at a time. */
function serveTogether(together: number): Promise<TinyServer> {
  const waiting: ServerResponse[] = [];
  return serve((_, response) => {
    waiting.push(response);
    if (waiting.length < together) return;
    for (const each of waiting.splice(0)) each.end("{}");
  });
}

const connectionsOf = ({ requests }: TinyServer) =>
  new Set(requests.map((request) => request.socket)).size;

it("one request after the other uses one connection", async () => {
  await using server = await serveTogether(1);
  await using transport = transportTo(server.url);
  for (let count = 0; count < 20; count += 1) await transport.send(listUsers);
  expect(connectionsOf(server)).toBe(1);
});

it("as many connections as requests at a time, and those are kept", async () => {
  await using server = await serveTogether(64);
  await using transport = transportTo(server.url);
  const together = Array.from({ length: 64 });
  for (let round = 0; round < 3; round += 1)
    await Promise.all(together.map(() => transport.send(listUsers)));
  expect(server.requests).toHaveLength(192);
  expect(connectionsOf(server)).toBe(64);
});
