import { playHistories } from "./engine-histories";

// One resource after the other, so that the same faults meet the same requests. The first history rotates keys,
// has their order reversed, adopts one, and copies the stack.
test(
  "no history of many parties breaks a promise on the real engine",
  () => playHistories(2456, ["--parallel=1"]),
  3_600_000,
);
