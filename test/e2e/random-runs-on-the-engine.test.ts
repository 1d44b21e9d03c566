import { atDepth } from "../support/depth";
import { playHistories } from "./random-engine-runs";

const hourMs = 3_600_000;

test(
  "no history of faults and re-runs breaks a promise on the real engine",
  async () => {
    const histories = atDepth({ gate: 3, soak: 50 });
    await playHistories({ seed: 20261124, histories, lanes: 3 });
  },
  hourMs,
);
