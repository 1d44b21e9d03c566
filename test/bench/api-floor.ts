/**
 * The API floor: what an operation must ask of Vultr, at Vultr's thirty requests a second, were
 * everything else free.
 */
import type { Operation } from "./life";
import type { Workload } from "./workload";

const requestsPerSecond = 30;

/**
 * The fewest requests with which every promise can be kept. A key takes a POST to make, a GET to
 * prove, a DELETE to revoke; a user takes one list: of what is left of an interrupted run before keys
 * are made, of what is gone after keys are revoked, of what is there at a refresh.
 */
export function requestsNeeded(operation: Operation, { keys, users }: Workload): number {
  const lists = Math.min(users, keys);
  switch (operation) {
    case "preview":
    case "no-op up":
      return 0;
    case "create":
      return 2 * keys + lists;
    case "rotate":
      return 3 * keys + lists;
    case "refresh":
      return lists;
    case "destroy":
      return keys + lists;
  }
}

export function apiFloorMs(operation: Operation, workload: Workload): number {
  return (requestsNeeded(operation, workload) / requestsPerSecond) * 1_000;
}
