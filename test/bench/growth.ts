/** How the time of an operation grows with the number of keys. */
import type { Figure } from "./figures";
import type { Operation } from "./life";
import { compared, type Measured } from "./measured";

/**
 * The exponent with which the time beyond that of one key grows from 30 to 300 keys: 1 is linear. Where
 * the floor's own is larger, the floor's is the limit. A tenth is left for noise.
 */
export function growthOf(figures: Figure[]): Measured[] {
  const wall = (subject: string, operation: Operation, keys: number, users: number) =>
    figures.find(
      (figure) =>
        figure.subject === subject &&
        figure.operation === operation &&
        figure.workload.keys === keys &&
        figure.workload.users === Math.min(keys, users),
    )?.wallMs;
  const exponent = (subject: string, operation: Operation, users: number) => {
    const [one, some, many] = [1, 30, 300].map((keys) => wall(subject, operation, keys, users));
    if (one === undefined || some === undefined || many === undefined || some <= one)
      return undefined;
    return Math.log((many - one) / (some - one)) / Math.log(299 / 29);
  };
  return (["create", "rotate", "refresh", "destroy"] as const).flatMap((operation) => {
    const [ours, floor] = [exponent("ours", operation, 10), exponent("floor", operation, 1)];
    if (ours === undefined || floor === undefined) return [];
    const show = () => `keys^${ours.toFixed(2)}, the floor keys^${floor.toFixed(2)}`;
    return [compared(operation, ours, Math.max(1, floor) + 0.1, show)];
  });
}
