import type { ApiKeyRef, ReadOptions, VultrClient } from "../../../provider/vultr/client";
import { CanceledError } from "../../../provider/vultr/errors";
import { createSharedRead, type Run } from "../../../provider/vultr/shared-read";
import { cut, type Fault } from "../../emulator";
import { assume } from "../../support/assume";
import { manualClock } from "../../support/manual-clock";
import { clientScene } from "./client-scene";

/** A shared read whose requests start and end when told. */
function scene() {
  const clock = manualClock({ startMs: 1_000 });
  const shared = createSharedRead<string>(clock);
  const requests: {
    start: () => void;
    answer: (text: string) => void;
    fail: (error?: Error) => void;
  }[] = [];
  const run: Run<string> = (start) =>
    new Promise((answer, reject) => {
      const fail = (error = new Error("no answer")) => {
        reject(error);
      };
      requests.push({ start, answer, fail });
    });
  const ask = (notBeforeMs: number, key = "user") => shared.get(key, notBeforeMs, run);
  return { clock, shared, requests, ask };
}

describe("an answer is shared where its request began late enough", () => {
  it.each([
    { began: undefined, notBeforeMs: 9_999, requests: 1 }, // it still waits for its turn
    { began: 1_000, notBeforeMs: 999, requests: 1 },
    { began: 1_000, notBeforeMs: 1_000, requests: 1 },
    { began: 1_000, notBeforeMs: 1_001, requests: 2 },
  ])("began $began, wanted not before $notBeforeMs: $requests requests", (row) => {
    const { requests, ask } = scene();
    void ask(0);
    if (row.began !== undefined) requests[0]!.start();
    void ask(row.notBeforeMs);
    expect(requests).toHaveLength(row.requests);
  });

  it("but not the cancel of whoever asked first: others, such as clean-ups, ask again", async () => {
    const { requests, ask } = scene();
    const first = ask(0);
    const others = [ask(0), ask(0)];
    requests[0]!.fail(new CanceledError({ message: "canceled", hint: "" }));
    await expect(first).rejects.toThrow("canceled");
    await Promise.resolve();
    requests[1]!.answer("list");
    expect(await Promise.all(others)).toEqual(["list", "list"]);
    expect(requests).toHaveLength(2);
  });

  it("the first attempt counts as its beginning, not a later one", () => {
    const { clock, requests, ask } = scene();
    void ask(0);
    requests[0]!.start();
    clock.advance(500);
    requests[0]!.start();
    void ask(1_500);
    expect(requests).toHaveLength(2);
  });
});

describe("a list that began before a change never confirms the change", () => {
  it("neither while it is under way nor once it has arrived", async () => {
    const { shared, requests, ask } = scene();
    const before = ask(0);
    requests[0]!.start();
    shared.invalidate("user");
    const after = ask(0);
    requests[0]!.answer("old");
    requests[1]!.answer("new");
    expect([await before, await after, await ask(0)]).toEqual(["old", "new", "new"]);
    requests[1]!.start();
    shared.invalidate("user");
    void ask(0);
    expect(requests).toHaveLength(3);
  });

  it("a list that still waits for its turn will see the change, and stays shared", () => {
    const { shared, requests, ask } = scene();
    void ask(0);
    shared.invalidate("user");
    void ask(0);
    expect(requests).toHaveLength(1);
  });

  it("nobody else's list is taken for it, or is forgotten by it", () => {
    const { shared, requests, ask } = scene();
    for (const user of ["one", "other"]) void ask(0, user);
    for (const { start } of requests) start();
    shared.invalidate("other");
    void ask(0, "one");
    expect(requests).toHaveLength(2);
  });
});

it("a failure is told to those who shared the request, and to nobody later", async () => {
  const { requests, ask } = scene();
  const both = Promise.allSettled([ask(0), ask(0)]);
  requests[0]!.fail();
  expect(await both).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
  void ask(0);
  expect(requests).toHaveLength(2);
});

it("a failure does not make anybody forget a newer answer", async () => {
  const { requests, ask } = scene();
  const old = ask(0);
  requests[0]!.start();
  void ask(1_001);
  requests[1]!.start();
  requests[0]!.fail();
  await expect(old).rejects.toThrow("no answer");
  void ask(0);
  expect(requests).toHaveLength(2);
});

describe("the client", () => {
  type Change = (client: VultrClient, key: ApiKeyRef, when: ReadOptions) => Promise<unknown>;

  assume({ newKey: "at-once", lostCreateReply: "off", deletedKeyListedForMs: 0 });

  it("asks once for all who want the same list", async () => {
    await using scene = await clientScene();
    const { vultr, client, soon } = scene;
    const when = soon();
    const [user, other] = [vultr.addUser().id, vultr.addUser().id];
    const keyId = vultr.addKey(user).id;
    const lists = await Promise.all(
      [user, other, user].map((id) => client.listUserApiKeys(id, when)),
    );
    expect(lists).toMatchObject([[{ keyId }], [], [{ keyId }]]);
    await Promise.all([client.listUsers(when), client.listUsers(when)]);
    expect(vultr.requests).toHaveLength(3);
  });

  const create: Change = (client, { userId }, when) =>
    client.createUserApiKey({ userId, name: "new" }, when).catch(() => undefined);
  const remove: Change = (client, key, when) => client.deleteUserApiKey(key, when);

  it.each<[what: string, change: Change, faults: Fault[], keys: number]>([
    ["create", create, [], 2],
    ["create whose answer is lost", create, [cut({ when: "after-work" }, { method: "POST" })], 2],
    ["delete", remove, [], 0],
  ])("asks anew after a %s", async (_what, change, faults, keys) => {
    await using scene = await clientScene({ faults });
    const { vultr, client, soon } = scene;
    const when = soon(); // early enough for the first list to suit all
    const userId = vultr.addUser().id;
    const keyId = vultr.addKey(userId).id;
    expect(await client.listUserApiKeys(userId, when)).toHaveLength(1);
    await change(client, { userId, keyId }, when);
    expect(await client.listUserApiKeys(userId, when)).toHaveLength(keys);
  });
});
