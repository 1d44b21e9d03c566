import { atDepth } from "../support/depth";
import { playHistories } from "./engine-histories";

const hourMs = 3_600_000;

// A file of its own, so that another worker can play it.
test(
  "no other one breaks a promise where the engine works on resources side by side",
  async () => {
    const histories = atDepth({ gate: 3, soak: 50 });
    await playHistories({ seed: 20261125, histories, flags: [] });
  },
  hourMs,
);
