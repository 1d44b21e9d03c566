/** Lives of stacks: every operation that people run, in the order in which they come. */
import { startEmulator } from "../emulator";
import { up } from "../support/project";
import type { Contestant } from "./plan";
import { type BenchStack, openStack, type Cost } from "./stack";
import { type StateSize, stateSize } from "./state-size";

export const operations = [
  "preview",
  "create",
  "no-op up",
  "rotate",
  "refresh",
  "destroy",
] as const;
export type Operation = (typeof operations)[number];

/** What the life of a stack cost, as far as it went. */
export interface Life {
  costs: Partial<Record<Operation, Cost>>;
  state?: StateSize;
}

const refresh = ["refresh", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];

/** The preview is that of the rotation, which checks and diffs. */
export async function liveThrough({ subject, workload }: Contestant): Promise<Life> {
  await using vultr = await startEmulator();
  await using stack = await openStack(subject, workload, vultr);
  await stack.declare(1);
  const costs: Life["costs"] = {};
  costs.create = await stack.succeed(up);
  const state = stateSize(await stack.exported());
  costs["no-op up"] = await stack.succeed(up);
  await stack.declare(2);
  costs.preview = await stack.succeed(["preview"]);
  costs.rotate = await stack.succeed(up);
  costs.refresh = await stack.succeed(refresh);
  costs.destroy = await stack.succeed(destroy);
  return { costs, state };
}

/** Create and rotate alone; for counting what a rotation asks of Vultr. */
export async function rotateOnce(
  { subject, workload }: Contestant,
  flags: string[],
): Promise<Cost> {
  await using vultr = await startEmulator();
  await using stack = await openStack(subject, workload, vultr);
  await stack.declare(1);
  await stack.succeed([...up, ...flags]);
  await stack.declare(2);
  return await stack.succeed([...up, ...flags]);
}

/** What may be done to a large stack again and again: nothing of it changes. */
export async function refreshAgain(stack: BenchStack): Promise<Life["costs"]> {
  return { refresh: await stack.succeed(refresh) };
}

/** A run that finds nothing to do, and the preview of a rotation of all keys. */
export async function look(stack: BenchStack): Promise<Life["costs"]> {
  await stack.declare(1);
  const noOp = await stack.succeed(up);
  await stack.declare(2);
  const preview = await stack.succeed(["preview"]);
  return { preview, "no-op up": noOp };
}
