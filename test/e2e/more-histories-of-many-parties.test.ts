import { playHistories } from "./engine-histories";

// A file of its own, so that another worker can play it. The first history rotates keys of two stacks and of a
// copy, and is answered with refusals.
test(
  "no other one breaks a promise where the engine works on resources side by side",
  () => playHistories(726, []),
  3_600_000,
);
