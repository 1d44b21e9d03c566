import { json } from "node:stream/consumers";

import type { ReadOptions, VultrClient } from "../../../provider/vultr/client";
import { ConnectionError, RateLimitError } from "../../../provider/vultr/errors";
import { cut, respond, tooManyRequests } from "../../emulator";
import { serve } from "../../support/tiny-server";
import { rejection } from "../transport/transport-to";
import { clientScene } from "./client-scene";

const userId = "u-1";

it.each([
  { key: {}, body: { name: "ci" } },
  {
    key: { dateExpire: "2031-06-30T00:00:00Z" },
    body: { name: "ci", expire: true, date_expire: "2031-06-30T00:00:00Z" },
  },
])("a create asks for $body", async ({ key, body }) => {
  const bodies: unknown[] = [];
  await using server = await serve((request, response) => {
    void json(request).then((sent) => {
      bodies.push(sent);
      response.end(JSON.stringify({ id: "k-1", api_key: "PLAINTEXT".repeat(4) }));
    });
  });
  await using scene = await clientScene({ url: server.url });
  await scene.client.createUserApiKey({ userId, name: "ci", ...key }, scene.soon());
  expect(bodies).toEqual([body]);
});

it("ids are quoted in paths, whatever they hold", async () => {
  await using server = await serve((request, response) => {
    response.statusCode = request.method === "DELETE" ? 204 : 404;
    response.end();
  });
  await using scene = await clientScene({ url: server.url });
  const { client, soon } = scene;
  const key = { userId: "../u?", keyId: "k/#" };
  await client.deleteUserApiKey(key, soon());
  await rejection(client.getUser(key.userId, soon()));
  await rejection(client.listUserApiKeys(key.userId, soon()));
  await rejection(client.listAllowedSubnets(key.userId, soon()));
  expect(server.requests.map((request) => `${request.method ?? ""} ${request.url ?? ""}`)).toEqual([
    "DELETE /v2/users/..%2Fu%3F/apikeys/k%2F%23",
    "GET /v2/users/..%2Fu%3F",
    "GET /v2/users/..%2Fu%3F/apikeys",
    "GET /v2/users/..%2Fu%3F/ip-whitelist",
  ]);
});

it("a key is tried with itself, not with the management key", async () => {
  await using scene = await clientScene();
  const key = scene.vultr.addKey(scene.vultr.addUser().id);
  await scene.client.getAccount(scene.soon(), key.apiKey).catch(() => undefined);
  expect(scene.vultr.requests.map((request) => request.callerKeyId)).toEqual([key.id]);
});

type Call = (client: VultrClient, when: ReadOptions) => Promise<unknown>;
const list: Call = (client, when) => client.listUserApiKeys(userId, when);
const create: Call = (client, when) => client.createUserApiKey({ userId, name: "" }, when);
const remove: Call = (client, when) => client.deleteUserApiKey({ userId, keyId: "k" }, when);

it.each<[name: string, call: Call]>([
  ["listUsers", (client, when) => client.listUsers(when)],
  ["getUser", (client, when) => client.getUser(userId, when)],
  ["listUserApiKeys", list],
  ["listAllowedSubnets", (client, when) => client.listAllowedSubnets(userId, when)],
  ["getAccount", (client, when) => client.getAccount(when)],
  ["createUserApiKey", create],
  ["deleteUserApiKey", remove],
  ["getAccount of a new key", (client, when) => client.getAccount(when, "key-of-the-tests")],
  ["isUserGone", (client, when) => client.isUserGone(userId, when)],
])("%s keeps to its deadline", async (_, call) => {
  const throttle = tooManyRequests({ retryAfterSeconds: 7 }, { count: Infinity });
  await using scene = await clientScene({ faults: [throttle] });
  const { client, vultr, soon } = scene;
  const when = { ...soon(), deadlineMs: scene.clock.monotonicMs() + 6_999 };
  expect(await rejection(call(client, when))).toBeInstanceOf(RateLimitError);
  const unsent = await rejection(call(client, when));
  expect(unsent).toBeInstanceOf(ConnectionError);
  expect(unsent).toMatchObject({ sent: false });
  expect(vultr.requests).toHaveLength(1);
});

it.each<[name: string, call: Call, requests: number]>([
  ["a read is asked again", list, 2],
  ["a deletion is asked again", remove, 2],
  ["a create is not: a key may have been made", create, 1],
])("after a broken connection %s", async (_, call, requests) => {
  await using scene = await clientScene({ faults: [cut({ when: "after-work" })] });
  await call(scene.client, scene.soon()).catch(() => undefined);
  expect(scene.vultr.requests).toHaveLength(requests);
});

describe("a user is gone if Vultr says so in two ways", () => {
  it.each([404, 400] as const)("by id, with %i, and in the full listing", async (unknownUser) => {
    await using scene = await clientScene({ switches: { unknownUser } });
    expect(await scene.client.isUserGone("none", scene.soon())).toBe(true);
    expect(scene.vultr.requests.map((request) => request.path)).toEqual(["/users/none", "/users"]);
  });

  it("not if the full listing has it among others, or if it is found by id", async () => {
    await using scene = await clientScene();
    const { vultr, client, soon } = scene;
    const [user] = [vultr.addUser(), vultr.addUser()];
    vultr.inject(respond({ status: 404, json: { error: "no such user" } }));
    expect(await client.isUserGone(user.id, soon())).toBe(false);
    expect(await client.isUserGone(user.id, soon())).toBe(false);
    const paths = vultr.requests.map((request) => request.path);
    expect(paths).toEqual([`/users/${user.id}`, "/users", `/users/${user.id}`]);
  });

  it("not by a listing of users one of whom may be it: its row has no id", async () => {
    const list = respond({ status: 200, json: { users: [{}] } }, { path: "/users" });
    await using scene = await clientScene({ faults: [list] });
    expect(await scene.client.isUserGone("none", scene.soon())).toBe(false);
  });

  it("not by a refusal of the caller", async () => {
    await using scene = await clientScene({ faults: [respond({ status: 403 })] });
    const error = await rejection(scene.client.isUserGone("none", scene.soon()));
    expect(error).toMatchObject({ status: 403 });
  });
});

it("a client that was closed sends nothing any more", async () => {
  await using scene = await clientScene();
  await scene.client.close();
  expect(await rejection(scene.client.listUsers(scene.soon()))).toBeInstanceOf(ConnectionError);
  expect(scene.vultr.requests).toEqual([]);
});
