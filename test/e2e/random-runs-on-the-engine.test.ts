import { playHistories } from "./random-engine-runs";

test("no history of faults and re-runs breaks a promise on the real engine", async () => {
  const histories = Number(process.env["ENGINE_RUNS"] ?? 50);
  await playHistories({ seed: 20261124, histories, lanes: 3 });
}, 900_000);
