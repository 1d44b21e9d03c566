import { atDepth } from "../support/depth";
import { playHistories } from "./engine-histories";

const hourMs = 3_600_000;

test(
  "no history of many parties breaks a promise on the real engine",
  async () => {
    const histories = atDepth({ gate: 3, soak: 50 });
    // One resource after the other, so that the same faults meet the same requests.
    await playHistories({ seed: 20261124, histories, flags: ["--parallel=1"] });
  },
  hourMs,
);
