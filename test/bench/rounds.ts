/** Lets contestants take turns: ours, floor, ours, floor … */
import { type FaultyLife, liveWithFaults } from "./faulty-life";
import { type Life, liveThrough } from "./life";
import type { Contestant, Round } from "./plan";
import type { Say } from "./progress";
import type { Turn } from "./results";
import { describeWorkload } from "./workload";

export function livesOf(round: Round, say: Say): Promise<Turn<Life>[]> {
  return taking(round, say, "", liveThrough);
}

export function faultyTurns(round: Round, say: Say): Promise<Turn<FaultyLife>[]> {
  return taking(round, say, " under faults", liveWithFaults);
}

async function taking<Found>(
  { contestants, repetitions }: Round,
  say: Say,
  how: string,
  live: (contestant: Contestant, repetition: number) => Promise<Found>,
): Promise<Turn<Found>[]> {
  const turns: Turn<Found>[] = [];
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    for (const { onlyOnce, ...contestant } of contestants) {
      if (onlyOnce === true && repetition > 1) continue;
      const { subject, workload } = contestant;
      say(`${describeWorkload(workload)}${how}, ${repetition} of ${repetitions}: ${subject}`);
      turns.push({ ...contestant, repetition, ...(await live(contestant, repetition)) });
    }
  }
  return turns;
}
