import { json } from "node:stream/consumers";

import type { ApiKeyRef, NewApiKey } from "../../../provider/vultr/client";
import { ConnectionError, RateLimitError } from "../../../provider/vultr/errors";
import { manualClock } from "../../support/manual-clock";
import { respond, startEmulator, tooManyRequests } from "../../emulator";
import { serve } from "../transport/tiny-server";
import { rejection } from "../transport/transport-to";
import { connect } from "./connect";

const plaintext = "PLAINTEXTPLAINTEXTPLAINTEXTPLAINTEXT";

describe("a create asks for", () => {
  it.each<{ key: Partial<NewApiKey>; body: object }>([
    { key: {}, body: { name: "ci" } },
    {
      key: { dateExpire: "2031-06-30T00:00:00Z" },
      body: { name: "ci", expire: true, date_expire: "2031-06-30T00:00:00Z" },
    },
  ])("$body", async ({ key, body }) => {
    const bodies: unknown[] = [];
    await using server = await serve((request, response) => {
      void json(request).then((sent) => {
        bodies.push(sent);
        response.end(JSON.stringify({ id: "k-1", api_key: plaintext }));
      });
    });
    await using connection = connect({ url: server.url, apiKey: "a-key-of-tests" });
    const { client, soon } = connection;
    await client.createUserApiKey({ userId: "u-1", name: "ci", ...key }, soon());
    expect(bodies).toEqual([body]);
  });
});

it("ids are quoted in paths, whatever they hold", async () => {
  await using server = await serve((request, response) => {
    response.statusCode = request.method === "DELETE" ? 204 : 404;
    response.end();
  });
  await using connection = connect({ url: server.url, apiKey: "a-key-of-tests" });
  const { client, soon } = connection;
  const key: ApiKeyRef = { userId: "../u?", keyId: "k/#" };
  await client.deleteUserApiKey(key, soon());
  await rejection(client.getUser(key.userId, soon()));
  await rejection(client.listUserApiKeys(key.userId, soon()));
  expect(server.requests.map((request) => `${request.method ?? ""} ${request.url ?? ""}`)).toEqual([
    "DELETE /v2/users/..%2Fu%3F/apikeys/k%2F%23",
    "GET /v2/users/..%2Fu%3F",
    "GET /v2/users/..%2Fu%3F/apikeys",
  ]);
});

it("a key is tried with itself, not with the management key", async () => {
  await using vultr = await startEmulator();
  await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
  const key = vultr.addKey(vultr.addUser().id);
  await connection.client.getAccountAs(key.apiKey, connection.soon());
  expect(vultr.requests.map((request) => request.callerKeyId)).toEqual([key.id]);
});

describe("every call keeps to its deadline", () => {
  const calls = {
    listUsers: (client, options) => client.listUsers(options),
    getUser: (client, options) => client.getUser("u", options),
    listUserApiKeys: (client, options) => client.listUserApiKeys("u", options),
    createUserApiKey: (client, options) =>
      client.createUserApiKey({ userId: "u", name: "" }, options),
    deleteUserApiKey: (client, options) =>
      client.deleteUserApiKey({ userId: "u", keyId: "k" }, options),
    getAccountAs: (client, options) => client.getAccountAs("key-of-the-tests", options),
    isUserGone: (client, options) => client.isUserGone("u", options),
  } satisfies Record<string, Call>;
  type Client = ReturnType<typeof connect>["client"];
  type Call = (
    client: Client,
    options: { deadlineMs: number; notBeforeMs: number },
  ) => Promise<unknown>;

  it.each(Object.entries<Call>(calls))("%s", async (_, call) => {
    const clock = manualClock();
    const throttle = tooManyRequests({ retryAfterSeconds: 7 }, { count: Infinity });
    await using vultr = await startEmulator({ faults: [throttle] });
    await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey, clock });
    const options = { deadlineMs: clock.monotonicMs() + 6_999, notBeforeMs: clock.monotonicMs() };
    expect(await rejection(call(connection.client, options))).toBeInstanceOf(RateLimitError);
    expect(vultr.requests).toHaveLength(1);
    const unsent = await rejection(call(connection.client, options));
    expect(unsent).toBeInstanceOf(ConnectionError);
    expect(unsent).toMatchObject({ sent: false });
    expect(vultr.requests).toHaveLength(1);
  });
});

describe("a user is gone where Vultr says so in two ways", () => {
  it("by id and in the full listing", async () => {
    await using vultr = await startEmulator();
    await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
    expect(await connection.client.isUserGone("none", connection.soon())).toBe(true);
    expect(vultr.requests.map((request) => request.path)).toEqual(["/users/none", "/users"]);
  });

  it("not where the full listing has it, among others", async () => {
    const notFound = respond({ status: 404, json: { error: "no such user" } });
    await using vultr = await startEmulator();
    const [user] = [vultr.addUser(), vultr.addUser()];
    vultr.inject(notFound);
    await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
    expect(await connection.client.isUserGone(user.id, connection.soon())).toBe(false);
    expect(vultr.requests.map((request) => request.path)).toEqual([`/users/${user.id}`, "/users"]);
  });

  it("not by a refusal of the caller", async () => {
    await using vultr = await startEmulator({ faults: [respond({ status: 403 })] });
    await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
    const error = await rejection(connection.client.isUserGone("none", connection.soon()));
    expect(error).toMatchObject({ status: 403 });
  });
});

it("a client that was closed sends nothing any more", async () => {
  await using vultr = await startEmulator();
  const { client, soon } = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
  await client.close();
  expect(await rejection(client.listUsers(soon()))).toBeInstanceOf(ConnectionError);
  expect(vultr.requests).toEqual([]);
});
