import { startEmulator } from "../../emulator";
import { call, type WireUser } from "./calling";

interface Page {
  users: WireUser[];
  meta: { total: number; links: { next: string; prev: string } };
}

it.each<{ perPage: number | null; pages: number }>([
  { perPage: null, pages: 13 }, // the default of 100
  { perPage: 500, pages: 3 },
])("lists 1,200 users and root in $pages pages at per_page $perPage", async (row) => {
  await using vultr = await startEmulator({ users: 1_200, requestsPerSecond: null });
  const seen: string[] = [];
  let cursor = "";
  let pages = 0;
  do {
    const query = new URLSearchParams(row.perPage === null ? {} : { per_page: `${row.perPage}` });
    if (cursor !== "") query.set("cursor", cursor);
    const reply = await call(vultr, `/users?${query.toString()}`);
    const page = JSON.parse(reply.text) as Page;
    expect(page.meta.total).toBe(1_201);
    seen.push(...page.users.map((user) => user.id));
    cursor = page.meta.links.next;
    pages += 1;
  } while (cursor !== "");
  expect(pages).toBe(row.pages);
  expect(new Set(seen).size).toBe(1_201);
  expect(seen).toHaveLength(1_201);
});

it("hands out cursors that are no addresses", async () => {
  await using vultr = await startEmulator({ users: 3 });
  const page = JSON.parse((await call(vultr, "/users?per_page=2")).text) as Page;
  expect(Buffer.from(page.meta.links.next, "base64").toString()).toMatch(/^next__\d+$/);
});

it.each(["per_page=0", "per_page=501", "per_page=x", "cursor=nonsense"])(
  "refuses %s",
  async (query) => {
    await using vultr = await startEmulator();
    expect((await call(vultr, `/users?${query}`)).status).toBe(400);
  },
);
