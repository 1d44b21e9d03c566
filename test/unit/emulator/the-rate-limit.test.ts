import { startEmulator } from "../../emulator";
import { call, reasonIn, stoppedClock } from "./calling";

it("admits 30 requests in any second, and says when to come back", async () => {
  const clock = stoppedClock();
  await using vultr = await startEmulator({ now: clock.now });
  for (let sent = 0; sent < 30; sent += 1) {
    expect((await call(vultr, "/account")).status).toBe(200);
  }
  const reply = await call(vultr, "/account");
  expect([reply.status, reasonIn(reply)]).toEqual([429, "rate limit exceeded"]);
  expect(reply.headers.get("retry-after")).toBe("1");
});

it("slides: a place is free 1,000 ms after it was taken, and not before", async () => {
  const clock = stoppedClock();
  await using vultr = await startEmulator({ now: clock.now, requestsPerSecond: 2 });
  const statusAfter = async (ms: number) => {
    clock.advance(ms);
    return (await call(vultr, "/account")).status;
  };
  expect(await statusAfter(0)).toBe(200);
  expect(await statusAfter(600)).toBe(200);
  expect(await statusAfter(399)).toBe(429);
  expect(await statusAfter(1)).toBe(200); // the first is 1,000 ms ago
  expect(await statusAfter(599)).toBe(429);
  expect(await statusAfter(1)).toBe(200); // the second is; those turned away did not count
});

it("can be off", async () => {
  const clock = stoppedClock();
  await using vultr = await startEmulator({ now: clock.now, requestsPerSecond: null });
  const replies = await Promise.all(Array.from({ length: 60 }, () => call(vultr, "/account")));
  expect(replies.every((reply) => reply.status === 200)).toBe(true);
});

it("keeps Retry-After to itself if told to", async () => {
  const clock = stoppedClock();
  await using vultr = await startEmulator({
    now: clock.now,
    requestsPerSecond: 1,
    switches: { retryAfter: "absent" },
  });
  await call(vultr, "/account");
  const reply = await call(vultr, "/account");
  expect(reply.status).toBe(429);
  expect(reply.headers.has("retry-after")).toBe(false);
});
