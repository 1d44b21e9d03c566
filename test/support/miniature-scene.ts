/** What tests of the miniature engine begin with: an emulator with a user, a clock, and one stack. */
import { type EmulatorOptions, startEmulator } from "../emulator";
import type { RequestLimits } from "../../provider/vultr/transport";
import type { Observed } from "./invariants";
import { manualClock } from "./manual-clock";
import { run, type RunOptions } from "./miniature-engine";
import type { Door } from "./miniature-process";
import { createStack, type Program } from "./miniature-stack";

export async function startMiniatureScene(
  options: Pick<EmulatorOptions, "switches"> & {
    limits?: Partial<RequestLimits>;
    door?: Door;
  } = {},
) {
  const { limits = {}, door = "dynamic provider", ...others } = options;
  let chance = 0;
  const clock = manualClock({ random: () => (chance = (chance + 0.37) % 1) });
  const vultr = await startEmulator({ now: clock.now, requestsPerSecond: null, ...others });
  const stack = createStack("production");
  const printed: string[] = [];
  return {
    vultr,
    clock,
    userId: vultr.addUser().id,
    stack,
    /** What all runs have printed is added to it. */
    observed: { vultr, stacks: [stack], printed, kills: 0, keysOfPeople: new Set() } as Observed,
    up: async (program: Program, runOptions?: RunOptions) => {
      const result = await run({ vultr, clock, limits, door }, stack, program, runOptions);
      printed.push(...result.printed);
      return result;
    },
    [Symbol.asyncDispose]: () => vultr.close(),
  };
}
