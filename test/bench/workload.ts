/** How many keys for how many users, and in which order the program declares them. */
export interface Workload {
  keys: number;
  users: number;
  /** `"by user"`: all keys of one user, then those of the next. `"in turn"`: one key a user, over and over. */
  order: "by user" | "in turn";
}

/** A key as the measured programs declare it. */
export interface DeclaredKey {
  name: string;
  userId: string;
}

/** @param userIds as many as the workload has users */
export function declaredKeys({ keys, order }: Workload, userIds: readonly string[]): DeclaredKey[] {
  return Array.from({ length: keys }, (_, at) => {
    const turn =
      order === "in turn" ? at % userIds.length : Math.floor((at * userIds.length) / keys);
    return { name: `key-${at}`, userId: userIds[turn] ?? "" };
  });
}

/** `300 keys, 10 users`. */
export function describeWorkload({ keys, users, order }: Workload): string {
  const count = (number: number, what: string) =>
    `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
  const dealt = users > 1 && order === "in turn" ? ", dealt in turn" : "";
  return `${count(keys, "key")}, ${count(users, "user")}${dealt}`;
}
