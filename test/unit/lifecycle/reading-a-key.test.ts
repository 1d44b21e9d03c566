import { assume } from "../../support/assume";
import { failureOf, runWithKey, startRun } from "./run";

assume({ otherFields: "documented", keysPerUser: null });

it("a refresh keeps what state knows of a key that is there", async () => {
  await using run = await runWithKey();
  const id = `${run.userId}/${run.key.id}`;
  expect(await run.read(run.state)).toEqual({ id, props: run.state });
  expect(run.sent()).toEqual(["GET keys"]);
});

it.each([
  { laterMs: 5_000, jumpMs: 86_400_000, lists: 1 },
  { laterMs: 5_001, jumpMs: -86_400_000, lists: 2 },
])("a refresh takes a list for all keys of a user: %j", async ({ laterMs, jumpMs, lists }) => {
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
  await using run = await runWithKey({ key: known });
  const { userId } = run;
  const id = `${userId}/${run.key.id}`;
  expect(await run.read({ resourceName: "theirs" }, id)).toEqual({
    id,
    props: { resourceName: "theirs", keyId: run.key.id, userId, ...known },
  });
  const forever = run.vultr.addKey(userId, { name: "forever" });
  run.clock.advance(5_001);
  const { props } = await run.read({}, `${userId}/${forever.id}`);
  expect(props).toEqual({ keyId: forever.id, userId, name: "forever" }); // without an expiry
  await run.make({ verify: false });
  expect(run.notices).toHaveLength(1); // it is still named as one that the run does not know
});

it.each(["keyId", "userId", "name"] as const)(
  "also if it gives all that tells a refresh but the %s",
  async (field) => {
    await using run = await runWithKey();
    const { key, userId } = run;
    const { [field]: _, ...given } = { keyId: key.id, userId, name: key.name };
    const { props } = await run.read(given, `${userId}/${key.id}`);
    expect(props).toEqual({ keyId: key.id, userId, name: key.name });
  },
);

it("it is told what is no key of the user, and what is no id of a key", async () => {
  await using run = await startRun();
  expect(await failureOf(run.read({}, "user/"))).toContain(
    'could not get API key "user/": it is not of the form <user id>/<key id>',
  );
  expect(run.sent()).toEqual([]);
  const id = `${run.userId}/none`;
  expect(await failureOf(run.read({}, id))).toContain(
    `could not get API key "${id}": user ${run.userId} has no API key none`,
  );
  expect(run.count("GET keys")).toBe(2);
});
