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
