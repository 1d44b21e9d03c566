/** What a run of the benchmark measures, and how often. */
import type { Subject } from "./subject";
import type { Workload } from "./workload";

export interface Contestant {
  subject: Subject;
  workload: Workload;
  /** Takes part in the first repetition alone: what no goal asks for would take most of the time. */
  onlyOnce?: true;
}

/** Contestants that take turns, so that whatever the machine does meets all of them. */
export interface Round {
  contestants: Contestant[];
  repetitions: number;
}

export interface Plan {
  name: "full" | "quick" | "smoke";
  /** Whole lives of stacks: preview, create, no-op up, rotate, refresh, destroy. */
  lives: Round[];
  /** Rotations whose requests are counted, with more flags of the CLI. */
  rotations: { workload: Workload; flags: string[] }[];
  /** Create and rotate while one request in a hundred goes wrong. */
  faults: Round;
  /** Stacks too large to rotate in minutes: created, previewed and run once, then refreshed in turn. */
  large: Round;
  /** Fresh processes that load a provider and answer one check, each. */
  starts: number;
}

const ours = (keys: number, users: number): Contestant => ({
  subject: "ours",
  workload: { keys, users },
});
/** Neither floor nor textbook does anything by user: their keys all belong to one. */
const floor = (keys: number): Contestant => ({ ...ours(keys, 1), subject: "floor" });
const textbook = (keys: number): Contestant => ({ ...ours(keys, 1), subject: "textbook" });

const once = (contestant: Contestant): Contestant => ({ ...contestant, onlyOnce: true });

/** Ends within an hour on two cores. At 300 keys the engine alone needs a minute for a rotation. */
export const fullPlan: Plan = {
  name: "full",
  lives: [
    { repetitions: 5, contestants: [ours(1, 1), floor(1), textbook(1)] },
    { repetitions: 5, contestants: [ours(30, 1), floor(30), ours(30, 10), textbook(30)] },
    {
      repetitions: 5,
      contestants: [once(ours(300, 1)), floor(300), ours(300, 10), once(textbook(300))],
    },
  ],
  rotations: [
    { workload: { keys: 90, users: 1 }, flags: ["--parallel", "64"] },
    { workload: { keys: 90, users: 10 }, flags: ["--parallel", "64"] },
  ],
  faults: {
    repetitions: 5,
    contestants: [ours(50, 10), { ...ours(50, 10), subject: "textbook" }],
  },
  large: { repetitions: 5, contestants: [ours(1_000, 10), floor(1_000)] },
  starts: 15,
};

export const quickPlan: Plan = {
  name: "quick",
  lives: [
    { repetitions: 1, contestants: [ours(1, 1), floor(1)] },
    { repetitions: 2, contestants: [ours(30, 1), floor(30), ours(30, 10)] },
    { repetitions: 1, contestants: [textbook(30)] },
  ],
  rotations: [],
  faults: { repetitions: 1, contestants: [ours(30, 10), { ...ours(30, 10), subject: "textbook" }] },
  large: { repetitions: 0, contestants: [] },
  starts: 5,
};

/** All there is, as small as can be: for the test that keeps the benchmark working. */
export const smokePlan: Plan = {
  name: "smoke",
  lives: [{ repetitions: 1, contestants: [ours(2, 1), floor(2)] }],
  rotations: [],
  faults: { repetitions: 1, contestants: [textbook(2)] },
  large: { repetitions: 1, contestants: [ours(3, 1)] },
  starts: 1,
};
