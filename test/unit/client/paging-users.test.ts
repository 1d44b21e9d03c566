import { ResponseSchemaError } from "../../../provider/vultr/errors";
import { respond, startEmulator } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { connect } from "./connect";

const page = (next: string, ...ids: string[]) => ({
  users: ids.map((id) => ({ id })),
  meta: { total: 9, links: { next, prev: "" } },
});

it("1,200 users are read over three pages of 500, each user once", async () => {
  await using vultr = await startEmulator({ users: 1_200 });
  await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
  const users = await connection.client.listUsers(connection.soon());
  expect(new Set(users.map((user) => user.userId)).size).toBe(1_201); // root among them
  expect(users).toHaveLength(1_201);
  expect(users.at(-1)!.email).toBe("filler-1199@example.com");
  expect(vultr.requests).toHaveLength(3);
  for (const { query } of vultr.requests) expect(query).toMatch(/^per_page=500(&cursor=|$)/);
});

it("a cursor is an opaque string: it comes back as it was given", async () => {
  const cursor = "a+b/c==&per_page=1 ?#é";
  const faults = [
    respond({ status: 200, json: page(cursor, "u-1") }),
    respond({ status: 200, json: page("", "u-2") }),
  ];
  await using vultr = await startEmulator({ faults });
  await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
  const users = await connection.client.listUsers(connection.soon());
  expect(users.map((user) => user.userId)).toEqual(["u-1", "u-2"]);
  expect(vultr.requests.map(({ query }) => Object.fromEntries(new URLSearchParams(query)))).toEqual(
    [{ per_page: "500" }, { per_page: "500", cursor }],
  );
});

describe("a cursor that comes again ends the listing with an error", () => {
  it.each([
    { what: "at once", cursors: ["a", "a"], requests: 2 },
    { what: "in a circle", cursors: ["a", "b", "a"], requests: 3 },
  ])("$what", async ({ cursors, requests }) => {
    const faults = cursors.map((cursor) => respond({ status: 200, json: page(cursor, "u-1") }));
    await using vultr = await startEmulator({ faults });
    await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
    const error = await rejection(connection.client.listUsers(connection.soon()));
    expect(error).toBeInstanceOf(ResponseSchemaError);
    expect((error as Error).message).toBe(
      "could not list the account's users: Vultr repeats a page",
    );
    expect(vultr.requests).toHaveLength(requests);
  });
});

describe("a page without a next one is the last", () => {
  it.each([
    { what: "an empty cursor", json: page("", "u-1") },
    { what: "no cursor", json: { users: [{ id: "u-1" }], meta: { links: {} } } },
    { what: "no meta", json: { users: [{ id: "u-1" }] } },
  ])("$what", async ({ json }) => {
    await using vultr = await startEmulator({ faults: [respond({ status: 200, json })] });
    await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
    expect(await connection.client.listUsers(connection.soon())).toHaveLength(1);
    expect(vultr.requests).toHaveLength(1);
  });
});

it.each([{ users: null }, { users: {} }, {}, [], "users", null])(
  "%j is an error, never an empty list",
  async (json) => {
    const faults = [respond({ status: 200, json }, { count: Infinity })];
    await using vultr = await startEmulator({ faults });
    await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
    const error = await rejection(connection.client.listUsers(connection.soon()));
    expect(error).toBeInstanceOf(ResponseSchemaError);
  },
);

describe("a list of keys, documented without pages, is followed where it says that there is more", () => {
  const keys = (ids: string[], meta?: unknown) => ({ api_keys: ids.map((id) => ({ id })), meta });
  const listed = async (...pages: unknown[]) => {
    const faults = pages.map((json) => respond({ status: 200, json }));
    await using vultr = await startEmulator({ faults });
    await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
    const list = await connection.client.listUserApiKeys("u-1", connection.soon());
    return { ids: list.map((key) => key.keyId), queries: vultr.requests.map(({ query }) => query) };
  };

  it("to the end, with the cursor as it was given", async () => {
    const first = keys(["k-1"], { total: 2, links: { next: "a+b" } });
    expect(await listed(first, keys(["k-2"], { total: 2, links: { next: "" } }))).toEqual({
      ids: ["k-1", "k-2"],
      queries: ["", "cursor=a%2Bb"],
    });
  });

  it.each<{ what: string; meta: unknown }>([
    { what: "no meta", meta: undefined },
    { what: "null", meta: null },
    { what: "no cursor", meta: { total: 1, links: {} } },
    { what: "no links", meta: { total: 1 } },
    { what: "a smaller total", meta: { total: 0, links: { next: "" } } },
    { what: "what is no meta", meta: "meta" },
    { what: "what is no total", meta: { total: "many", links: { next: null } } },
  ])("and ends with $what", async ({ meta }) => {
    expect(await listed(keys(["k-1"], meta))).toEqual({ ids: ["k-1"], queries: [""] });
  });

  it.each<{ what: string; pages: unknown[]; says: string }>([
    {
      what: "holds fewer keys than it says",
      pages: [keys(["k-1"], { total: 2 })],
      says: "Vultr lists 1 of 2 and no next page",
    },
    {
      what: "holds fewer than its first page says",
      pages: [keys(["k-1"], { total: 3, links: { next: "b" } }), keys(["k-2"], { total: 1 })],
      says: "Vultr lists 2 of 3 and no next page",
    },
    {
      what: "repeats a page",
      pages: [1, 2].map(() => keys(["k-1"], { links: { next: "b" } })),
      says: "Vultr repeats a page",
    },
  ])("one that $what proves nothing", async ({ pages, says }) => {
    const error = await rejection(listed(...pages));
    expect(error).toBeInstanceOf(ResponseSchemaError);
    expect((error as Error).message).toBe(`could not list the API keys of user u-1: ${says}`);
  });
});
