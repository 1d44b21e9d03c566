import { json } from "node:stream/consumers";

import { createSession } from "../../../provider/doors/session";
import { redact } from "../../../provider/vultr/redact";
import { startEmulator } from "../../emulator";
import { manualClock } from "../../support/manual-clock";
import { serve } from "../../support/tiny-server";
import { apiKey, listUsers, transportTo } from "./transport-to";

it("names package and version, so that Vultr can tell whose requests these are", async () => {
  await using vultr = await startEmulator();
  const session = createSession({ clock: manualClock() });
  const config = new Map([
    ["apiUrl", vultr.url],
    ["apiKey", vultr.rootApiKey],
  ]);
  session.configure((key) => config.get(key));
  const { client } = await session.context();
  await client.getUser(vultr.rootUserId, { deadlineMs: Infinity });
  await client.close();
  expect(vultr.requests.map((request) => request.userAgent)).toEqual([
    expect.stringMatching(/^pulumi-vultr-user-api-key\/\d+\.\d+\.\d+\S* node\/\d+\.\d+\.\d+$/),
  ]);
});

it("the credential is the one in use, or that of a single call, and is hidden from then on", async () => {
  await using server = await serve((_request, response) => response.end("{}"));
  await using transport = transportTo(server.url);
  await transport.send(listUsers);
  await transport.send({ ...listUsers, apiKey: "key-of-one-call" });
  transport.credential.use("key-from-now-on");
  await transport.send(listUsers);
  expect(server.requests.map((request) => request.headers.authorization)).toEqual([
    `Bearer ${apiKey}`,
    "Bearer key-of-one-call",
    "Bearer key-from-now-on",
  ]);
  expect(redact(`${apiKey}, key-from-now-on`)).toBe("[redacted], [redacted]");
});

it("nothing is said of a body or a query where there is none", async () => {
  await using server = await serve((_request, response) => response.end("{}"));
  await using transport = transportTo(server.url);
  await transport.send(listUsers);
  const [request] = server.requests;
  expect(request!.url).toBe("/v2/users");
  expect(request!.headers).toMatchObject({ accept: "application/json" });
  expect(request!.headers).not.toHaveProperty("content-type");
});

it("query and body arrive as they were given", async () => {
  await using server = await serve((request, response) => {
    void json(request).then((body) => response.end(JSON.stringify({ body, url: request.url })));
  });
  await using transport = transportTo(server.url);
  const query = { cursor: "a+b/c==&d" };
  const body = { name: 'ключ \u2028 "quoted"' };
  expect(await transport.send({ ...listUsers, method: "POST", query, body })).toEqual({
    url: "/v2/users?cursor=a%2Bb%2Fc%3D%3D%26d",
    body,
  });
  expect(server.requests[0]!.headers["content-type"]).toBe("application/json");
});
