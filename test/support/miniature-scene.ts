/** What tests of the miniature engine begin with: an emulator with a user, a clock, and one stack. */
import { type EmulatorOptions, startEmulator } from "../emulator";
import { observedOf } from "./invariants";
import { manualClock } from "./manual-clock";
import { run, type RunOptions } from "./miniature-engine";
import type { World } from "./miniature-process";
import { createStack, type Program } from "./miniature-stack";

export async function startMiniatureScene(
  options: Pick<EmulatorOptions, "switches"> & Pick<World, "limits" | "door"> = {},
) {
  const { limits = {}, door = "dynamic provider", ...others } = options;
  let chance = 0;
  const clock = manualClock({ random: () => (chance = (chance + 0.37) % 1) });
  const vultr = await startEmulator({ now: clock.now, requestsPerSecond: null, ...others });
  const stack = createStack("production");
  const observed = observedOf(vultr, stack);
  return {
    vultr,
    clock,
    userId: vultr.addUser().id,
    stack,
    /** What all runs have printed is added to it. */
    observed,
    up: async (program: Program, runOptions?: RunOptions) => {
      const result = await run({ vultr, clock, limits, door }, stack, program, runOptions);
      observed.printed.push(...result.printed);
      return result;
    },
    [Symbol.asyncDispose]: () => vultr.close(),
  };
}
