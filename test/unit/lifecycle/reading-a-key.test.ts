import { failureOf, startRun } from "./run";

/** A run with a key, as state knows it. */
async function runWithKey(how: { name?: string; dateExpire?: string } = {}) {
  const run = await startRun();
  const key = run.vultr.addKey(run.userId, how);
  return { ...run, key, state: run.stateOf(key), id: `${run.userId}/${key.id}` };
}

describe("a refresh", () => {
  it("keeps what state knows of a key that is there", async () => {
    await using run = await runWithKey({ name: "by hand" });
    expect(await run.read(run.state)).toEqual({ id: run.id, props: run.state });
    expect(run.sent()).toEqual(["GET keys"]);
  });

  it.each([
    { what: "5 s later", laterMs: 5_000, lists: 1 },
    { what: "later than that", laterMs: 5_001, lists: 2 },
    { what: "a jump of the wall clock later", jumpMs: 86_400_000, lists: 1 },
    { what: "later than 5 s, and a jump back", laterMs: 5_001, jumpMs: -86_400_000, lists: 2 },
  ])("takes a list for all keys of a user: $lists $what", async (row) => {
    const { laterMs = 0, jumpMs = 0, lists } = row;
    await using run = await runWithKey();
    const other = run.vultr.addKey(run.userId);
    await run.read(run.state);
    run.clock.advance(laterMs);
    run.clock.jumpWallClock(jumpMs);
    await run.read(run.stateOf(other));
    expect(run.sent()).toHaveLength(lists);
  });
});

describe("a program that gets a key by its id", () => {
  it("learns everything of it but its plaintext", async () => {
    const known = { name: "by hand", dateExpire: "2031-06-30T00:00:00Z" };
    await using run = await runWithKey(known);
    expect(await run.read({ resourceName: "theirs" }, run.id)).toEqual({
      id: run.id,
      props: { resourceName: "theirs", keyId: run.key.id, userId: run.userId, ...known },
    });
  });

  it("is not given an expiry that there is not", async () => {
    await using run = await runWithKey();
    expect((await run.read({}, run.id)).props).not.toHaveProperty("dateExpire");
  });

  it("does not thereby manage it: it is still named as one that the run does not know", async () => {
    await using run = await runWithKey({ name: "ci-dev-abcdefgh" });
    await run.read({}, run.id);
    await run.make();
    expect(run.notices).toHaveLength(1);
  });

  it("is told where there is no such key", async () => {
    await using run = await runWithKey();
    expect(await failureOf(run.read({}, `${run.userId}/none`))).toContain(
      `could not get API key "${run.userId}/none": user ${run.userId} has no API key none`,
    );
  });

  it.each(["", "user", "user/", "/key"])("is told that %j is no such id", async (id) => {
    await using run = await startRun();
    expect(await failureOf(run.read({}, id))).toContain(
      `could not get API key "${id}": it is not of the form <user id>/<key id>`,
    );
    expect(run.sent()).toEqual([]);
  });
});
