/** What a run of the benchmark has found, before anything is made of it. The file report.json is this. */
import type { FaultyLife } from "./faulty-life";
import type { Life } from "./life";
import type { Machine } from "./machine";
import type { PackageSize } from "./package-size";
import type { Contestant, Plan } from "./plan";
import type { Start } from "./start-up";
import type { Workload } from "./workload";

/** A contestant's turn in a round. Turns of one repetition followed one another. */
export type Turn<Found> = Contestant & { repetition: number } & Found;

export interface Results {
  plan: Plan["name"];
  machine: Machine;
  /** Minutes that the run took. */
  tookMinutes: number;
  lives: Turn<Life>[];
  rotations: { workload: Workload; flags: string[]; requestsPerRotation: number; wallMs: number }[];
  faults: Turn<FaultyLife>[];
  large: Turn<Life>[];
  starts: Start[];
  packageSize: PackageSize;
}
