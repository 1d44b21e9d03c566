import { ResponseSchemaError } from "../../../provider/vultr/errors";
import { respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { clientScene } from "./client-scene";

it("1,200 users are read over three pages of 500, each user once", async () => {
  await using scene = await clientScene({
    users: 1_200,
    switches: { listOrder: "creation", otherFields: "documented" },
  });
  const users = await scene.client.listUsers(scene.soon());
  expect(new Set(users.map((user) => user.userId)).size).toBe(1_201); // root among them
  expect(users).toHaveLength(1_201);
  expect(users.at(-1)!.email).toBe("filler-1199@example.com");
  expect(scene.vultr.requests).toHaveLength(3);
  for (const { query } of scene.vultr.requests) expect(query).toMatch(/^per_page=500(&cursor=|$)/);
});

const lists = {
  users: { field: "users", of: "the account's users", query: { per_page: "500" } },
  keys: { field: "api_keys", of: "the API keys of user u-1", query: {} },
} as const;

/** The ids of the list and the queries that it took, if Vultr sends these pages. */
async function listed(which: keyof typeof lists, pages: unknown[]) {
  const faults = pages.map((json) => respond({ status: 200, json }));
  await using scene = await clientScene({ faults });
  const { client, soon, vultr } = scene;
  const ids =
    which === "users"
      ? (await client.listUsers(soon())).map((user) => user.userId)
      : (await client.listUserApiKeys("u-1", soon())).map((key) => key.keyId);
  const queries = vultr.requests.map(({ query }) => Object.fromEntries(new URLSearchParams(query)));
  return { ids, queries };
}

describe.each(["users", "keys"] as const)("a list of %s", (which) => {
  const { field, of, query } = lists[which];
  const page = (meta: unknown, ...ids: string[]) => ({ [field]: ids.map((id) => ({ id })), meta });
  const next = (cursor: unknown) => ({ total: 0, links: { next: cursor, prev: "" } });

  it("is followed to its end; a cursor is an opaque string that comes back as it was given", async () => {
    const cursor = "a+b/c==&per_page=1 ?#é";
    const pages = [page(next(cursor), "1"), page(next(7), "2"), page(next(""), "3")];
    expect(await listed(which, pages)).toEqual({
      ids: ["1", "2", "3"],
      queries: [query, { ...query, cursor }, { ...query, cursor: "7" }],
    });
  });

  it.each<[what: string, meta: unknown]>([
    ["an empty cursor", next("")],
    ["no meta", undefined],
    ["null", null],
    ["no cursor", { total: 1, links: {} }],
    ["no links", { total: 1 }],
    ["a smaller total", { total: 0, links: { next: "" } }],
    ["what is no meta", "meta"],
    ["what is no total", { total: "many", links: { next: null } }],
  ])("ends with %s", async (_, meta) => {
    expect(await listed(which, [page(meta, "1")])).toEqual({ ids: ["1"], queries: [query] });
  });

  it.each([
    ["at once", ["a", "a"]],
    ["in a circle", ["a", "b", "a"]],
  ])("that repeats a page %s proves nothing", async (_, cursors) => {
    const pages = cursors.map((cursor) => page(next(cursor), "1"));
    const error = await rejection(listed(which, pages));
    expect(error).toBeInstanceOf(ResponseSchemaError);
    expect((error as Error).message).toBe(`could not list ${of}: Vultr repeats a page`);
  });
});

describe("a list of keys that holds fewer than it says proves nothing", () => {
  const page = (id: string, meta: unknown) => ({ api_keys: [{ id }], meta });
  const more = (total: number) => ({ total, links: { next: "b" } });

  it.each<[what: string, says: string, ...pages: unknown[]]>([
    ["on its only page", "1 of 2", page("1", { total: 2 })],
    ["on its first page", "2 of 3", page("1", more(3)), page("2", { total: 1 })],
    ["with the same key on both pages", "1 of 2", page("1", more(2)), page("1", { total: 2 })],
  ])("%s", async (_, says, ...pages) => {
    const error = await rejection(listed("keys", pages));
    expect(error).toBeInstanceOf(ResponseSchemaError);
    expect((error as Error).message).toBe(
      `could not list the API keys of user u-1: Vultr lists ${says} and no next page`,
    );
  });

  it("of users it is no matter: they come and go, and one who is on two pages is one", async () => {
    const page = (ids: string[], next: string) => ({
      users: ids.map((id) => ({ id })),
      meta: { total: 9, links: { next } },
    });
    const pages = [page(["a", "b"], "more"), page(["b", "c"], "")];
    expect(await listed("users", pages)).toMatchObject({ ids: ["a", "b", "c"] });
  });
});
