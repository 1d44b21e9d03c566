/** How many keys for how many users. Keys are dealt in turn: the first to the first user, the second to the second. */
export interface Workload {
  keys: number;
  users: number;
}

/** A key as the measured programs declare it. */
export interface DeclaredKey {
  name: string;
  userId: string;
}

/** @param userIds as many as the workload has users */
export function declaredKeys({ keys }: Workload, userIds: readonly string[]): DeclaredKey[] {
  return Array.from({ length: keys }, (_, at) => ({
    name: `key-${at}`,
    userId: userIds[at % userIds.length] ?? "",
  }));
}

/** `300 keys, 10 users`. */
export function describeWorkload({ keys, users }: Workload): string {
  const count = (number: number, what: string) =>
    `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
  return `${count(keys, "key")}, ${count(users, "user")}`;
}
