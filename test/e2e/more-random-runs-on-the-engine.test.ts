import { playHistories } from "./random-engine-runs";

// A file of its own, so that another worker can play it.
test("no other history of faults and re-runs breaks one either", async () => {
  const histories = Number(process.env["ENGINE_RUNS"] ?? 50);
  await playHistories({ seed: 20261125, histories, lanes: 3 });
}, 900_000);
