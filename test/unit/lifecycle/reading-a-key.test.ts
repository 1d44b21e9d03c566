import { assume } from "../../support/assume";
import { failureOf, startRun } from "./run";

assume({ otherFields: "documented", keysPerUser: null });

/** A run with a key, as state knows it. */
async function runWithKey(how: { name?: string; dateExpire?: string } = {}) {
  const run = await startRun();
  const key = run.vultr.addKey(run.userId, how);
  return { ...run, key, state: run.stateOf(key), id: `${run.userId}/${key.id}` };
}

it("a refresh keeps what state knows of a key that is there", async () => {
  await using run = await runWithKey({ name: "by hand" });
  expect(await run.read(run.state)).toEqual({ id: run.id, props: run.state });
  expect(run.sent()).toEqual(["GET keys"]);
});

it.each([
  { what: "5 s later", laterMs: 5_000, lists: 1 },
  { what: "later than that", laterMs: 5_001, lists: 2 },
  { what: "a jump of the wall clock later", jumpMs: 86_400_000, lists: 1 },
  { what: "later than 5 s, and a jump back", laterMs: 5_001, jumpMs: -86_400_000, lists: 2 },
])("a refresh takes a list for all keys of a user: $lists $what", async (row) => {
  const { laterMs = 0, jumpMs = 0, lists } = row;
  await using run = await runWithKey();
  const other = run.vultr.addKey(run.userId);
  await run.read(run.state);
  run.clock.advance(laterMs);
  run.clock.jumpWallClock(jumpMs);
  await run.read(run.stateOf(other));
  expect(run.sent()).toHaveLength(lists);
});

it("a program that gets a key by its id learns everything of it but its plaintext, and does not manage it", async () => {
  const known = { name: "ci-dev-abcdefgh", dateExpire: "2031-06-30T00:00:00Z" };
  await using run = await runWithKey(known);
  const { userId } = run;
  expect(await run.read({ resourceName: "theirs" }, run.id)).toEqual({
    id: run.id,
    props: { resourceName: "theirs", keyId: run.key.id, userId, ...known },
  });
  const forever = run.vultr.addKey(userId, { name: "forever" });
  run.clock.advance(5_001);
  const { props } = await run.read({}, `${userId}/${forever.id}`);
  expect(props).toEqual({ keyId: forever.id, userId, name: "forever" }); // without an expiry
  await run.make({ verify: false });
  expect(run.notices).toHaveLength(1); // it is still named as one that the run does not know
});

it.each(["", "user", "user/", "/key", "<user>/none"])(
  "it is told that %j is no key",
  async (text) => {
    await using run = await startRun();
    const id = text.replace("<user>", run.userId);
    const says = await failureOf(run.read({}, id));
    const why = text.endsWith("none")
      ? `user ${run.userId} has no API key none`
      : "it is not of the form <user id>/<key id>";
    expect(says).toContain(`could not get API key "${id}": ${why}`);
    expect(run.count("GET keys")).toBe(text.endsWith("none") ? 2 : 0);
  },
);
