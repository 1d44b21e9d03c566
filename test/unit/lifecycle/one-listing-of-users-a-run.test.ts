import { ownerOf } from "../../../provider/keys/owner";
import type { EmulatorOptions } from "../../emulator";
import { clientScene } from "../client/client-scene";

/** Looks users up by e-mail address, as the creates of one run do, and counts the pages asked for. */
async function lookUp(options: EmulatorOptions = {}) {
  const scene = await clientScene(options);
  const { vultr, clock } = scene;
  return {
    ...scene,
    find: (userEmail: string) => ownerOf(scene, { userEmail }, clock.monotonicMs() + 300_000),
    pages: () => vultr.requests.length,
  };
}

it("many look-ups of a run read the users once, however long it takes", async () => {
  await using run = await lookUp({ users: 600, requestsPerSecond: null });
  const emails = Array.from({ length: 100 }, (_, at) => `filler-${at}@example.com`);
  const ids = await Promise.all(emails.slice(0, 50).map(run.find));
  run.clock.advance(3_600_000);
  for (const email of emails.slice(50)) ids.push(await run.find(email.toUpperCase()));
  expect(new Set(ids).size).toBe(100);
  expect(run.pages()).toBe(2);
});

it("a user who was added after the first look-up is found", async () => {
  await using run = await lookUp();
  run.vultr.addUser({ email: "early@example.com" });
  await run.find("early@example.com");
  const late = run.vultr.addUser({ email: "late@example.com" });
  run.clock.advance(1);
  expect(await run.find("late@example.com")).toBe(late.id);
  expect(run.pages()).toBe(2);
});

it("an address of two users is ambiguous only as long as both have it", async () => {
  await using run = await lookUp();
  const twins = [1, 2].map(() => run.vultr.addUser({ email: "twin@example.com" }));
  await expect(run.find("twin@example.com")).rejects.toThrow("2 have the e-mail address");
  expect(run.pages()).toBe(1);
  run.vultr.removeUser(twins[0]!.id);
  run.clock.advance(1);
  expect(await run.find("twin@example.com")).toBe(twins[1]!.id);
});
