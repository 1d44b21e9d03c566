import { atDepth } from "../support/depth";
import { playHistories } from "./random-engine-runs";

const hourMs = 3_600_000;

// A file of its own, so that another worker can play it.
test(
  "no other history of faults and re-runs breaks one either",
  async () => {
    const histories = atDepth({ gate: 3, soak: 50 });
    await playHistories({ seed: 20261125, histories, lanes: 3 });
  },
  hourMs,
);
