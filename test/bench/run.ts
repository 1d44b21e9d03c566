/** Runs a plan from its first measurement to its last. */
import { faultyTurns, livesOf } from "./rounds";
import { lookAtLargeStacks } from "./large-stacks";
import { rotateOnce } from "./life";
import { describeMachine } from "./machine";
import { measurePackage } from "./package-size";
import type { Plan } from "./plan";
import type { Say } from "./progress";
import type { Results } from "./results";
import { measureStarts } from "./start-up";
import { describeWorkload } from "./workload";

export async function runPlan(plan: Plan, say: Say): Promise<Results> {
  const startedMs = Date.now();
  const machine = await describeMachine();
  say("size of the package");
  const packageSize = await measurePackage();
  say(`loading the provider in ${plan.starts} pairs of fresh processes`);
  const starts = await measureStarts(plan.starts);
  const lives = [];
  for (const round of plan.lives) lives.push(...(await livesOf(round, say)));
  const rotations = [];
  for (const { workload, flags } of plan.rotations) {
    say(`requests of a rotation: ${describeWorkload(workload)} ${flags.join(" ")}`);
    const { requests, wallMs } = await rotateOnce({ subject: "ours", workload }, flags);
    rotations.push({ workload, flags, requestsPerRotation: requests / workload.keys, wallMs });
  }
  const faults = await faultyTurns(plan.faults, say);
  const large = await lookAtLargeStacks(plan.large, (what) => {
    say(`large stacks, ${what}`);
  });
  const tookMinutes = (Date.now() - startedMs) / 60_000;
  return {
    plan: plan.name,
    machine,
    tookMinutes,
    lives,
    rotations,
    faults,
    large,
    starts,
    packageSize,
  };
}
