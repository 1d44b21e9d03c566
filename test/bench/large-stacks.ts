/**
 * Stacks of a size at which the engine alone needs minutes for every change, because it writes the
 * whole state before and after each step. They are created and looked at once; refresh is repeated.
 */
import { startEmulator } from "../emulator";
import { up } from "../support/project";
import { type Life, look, refreshAgain } from "./life";
import type { Round } from "./plan";
import type { Turn } from "./results";
import { openStack } from "./stack";
import { stateSize } from "./state-size";

/** @param say is told what comes next */
export async function lookAtLargeStacks(
  { contestants, repetitions }: Round,
  say: (what: string) => void,
): Promise<Turn<Life>[]> {
  await using stacks = new AsyncDisposableStack();
  const turns: Turn<Life>[] = [];
  const opened = [];
  for (const contestant of contestants) {
    say(`creating and looking: ${contestant.subject}`);
    const vultr = stacks.use(await startEmulator());
    const stack = stacks.use(await openStack(contestant.subject, contestant.workload, vultr));
    await stack.declare(1);
    const create = await stack.succeed(up);
    const state = stateSize(await stack.exported());
    const looks = await look(stack);
    turns.push({ ...contestant, repetition: 0, costs: { create, ...looks }, state });
    opened.push({ contestant, stack });
  }
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    for (const { contestant, stack } of opened) {
      say(`${repetition} of ${repetitions}: ${contestant.subject}`);
      turns.push({ ...contestant, repetition, costs: await refreshAgain(stack) });
    }
  }
  return turns;
}
