/** What is left when one request in a hundred goes wrong: nothing, or keys that nobody knows. */
import type { FaultyLife } from "./faulty-life";
import { median } from "./median";
import type { Results, Turn } from "./results";
import { seconds, table } from "./table";
import { describeWorkload } from "./workload";

export function faultsSection({ faults }: Results): string {
  const subjects = [...new Set(faults.map(({ subject }) => subject))];
  const rows = subjects.map((subject) => rowOf(faults.filter((turn) => turn.subject === subject)));
  const head = [
    ...["", "", "time", "429", "faults", "failed runs", "unknown live keys"],
    ...["dead keys in use", "stuck deletions"],
  ];
  return `## With 1% faults

Create and rotate while one request in a hundred goes wrong, decided by a seed and the same for all: status 500 before the work, a 504 page after it, a connection cut before or after it, an answer cut short. A failed \`pulumi up\` is run again, three times at most. Afterwards Vultr's keys are held against the state. Time is the median, everything else the sum of all repetitions. An *unknown live key* was made twice or never deleted: nobody has its plaintext, and nobody will revoke it.

${table(head, rows)}`;
}

function rowOf(turns: Turn<FaultyLife>[]): string[] {
  const sum = (of: (turn: FaultyLife) => number) =>
    String(turns.reduce((total, turn) => total + of(turn), 0));
  const [first] = turns;
  if (first === undefined) return [];
  const times = turns.length === 1 ? "once" : `${turns.length} times`;
  return [
    first.subject === "ours" ? "this package" : "textbook",
    `${describeWorkload(first.workload)}, ${times}`,
    seconds(median(turns.map(({ wallMs }) => wallMs))),
    sum(({ throttled }) => throttled),
    sum((turn) => turn.faults),
    `${sum(({ failedRuns }) => failedRuns)} of ${sum(({ runs }) => runs)}`,
    sum(({ unknownKeys }) => unknownKeys),
    sum(({ deadKeys }) => deadKeys),
    sum(({ pendingDeletions }) => pendingDeletions),
  ];
}
