import { startEmulator } from "../emulator";
import { manualClock } from "../support/manual-clock";
import { run } from "../support/miniature-engine";
import { createStack } from "../support/miniature-stack";

test("a key that only moves to another provider is replaced there, new key first", async () => {
  const clock = manualClock();
  await using vultr = await startEmulator({ now: clock.now, requestsPerSecond: null });
  const args = { userId: vultr.addUser().id };
  const stack = createStack("production");
  await run({ vultr, clock }, stack, { keys: [{ name: "a", args }] });
  const { error, calls } = await run({ vultr, clock }, stack, {
    keys: [{ name: "a", args, provider: "emea" }],
    providers: { emea: vultr.rootApiKey },
  });
  expect(error).toBeUndefined();
  expect(calls.map(({ verb }) => verb)).toEqual([
    "check",
    "diff",
    "check as new",
    "create",
    "delete",
  ]);
  expect(vultr.timeline.map(({ event }) => event)).toEqual(["created", "created", "deleted"]);
});
