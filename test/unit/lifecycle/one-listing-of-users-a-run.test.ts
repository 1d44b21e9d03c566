import { ownerOf } from "../../../provider/keys/owner";
import { type Emulator, startEmulator } from "../../emulator";
import { manualClock } from "../../support/manual-clock";
import { connect } from "../client/connect";

/** Looks users up by e-mail address, as the creates of one run do, and counts the pages asked for. */
function lookUpIn(vultr: Emulator) {
  const clock = manualClock();
  const connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey, clock });
  const context = { client: connection.client, clock };
  return {
    clock,
    find: (userEmail: string) => ownerOf(context, { userEmail }, clock.monotonicMs() + 300_000),
    pages: () => vultr.requests.length,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

it("many look-ups of a run read the users once, however long it takes", async () => {
  await using vultr = await startEmulator({ users: 600, requestsPerSecond: null });
  await using run = lookUpIn(vultr);
  const emails = Array.from({ length: 100 }, (_, at) => `filler-${at}@example.com`);
  const ids = await Promise.all(emails.slice(0, 50).map(run.find));
  run.clock.advance(3_600_000);
  for (const email of emails.slice(50)) ids.push(await run.find(email.toUpperCase()));
  expect(new Set(ids).size).toBe(100);
  expect(run.pages()).toBe(2);
});

it("a user who was added after the first look-up is found", async () => {
  await using vultr = await startEmulator();
  vultr.addUser({ email: "early@example.com" });
  await using run = lookUpIn(vultr);
  await run.find("early@example.com");
  const late = vultr.addUser({ email: "late@example.com" });
  run.clock.advance(1);
  expect(await run.find("late@example.com")).toBe(late.id);
  expect(run.pages()).toBe(2);
});

it("an address of two users is ambiguous only as long as both have it", async () => {
  await using vultr = await startEmulator();
  const twins = [1, 2].map(() => vultr.addUser({ email: "twin@example.com" }));
  await using run = lookUpIn(vultr);
  await expect(run.find("twin@example.com")).rejects.toThrow("2 have the e-mail address");
  expect(run.pages()).toBe(1);
  vultr.removeUser(twins[0]!.id);
  run.clock.advance(1);
  expect(await run.find("twin@example.com")).toBe(twins[1]!.id);
});
