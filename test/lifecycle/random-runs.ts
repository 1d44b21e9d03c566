/** Random histories: programs that change, faults, kills, failing dependents; then peace. */
import fc from "fast-check";

import {
  cut,
  deadKey,
  type Fault,
  lateKey,
  respond,
  startEmulator,
  tooManyRequests,
  truncate,
} from "../emulator";
import { expectPromises, type History } from "../support/invariants";
import { manualClock } from "../support/manual-clock";
import {
  createMiniatureEngine,
  type MiniatureEngine,
  type Program,
  type RunOptions,
} from "../support/miniature-engine";
import { pseudoRandom } from "../support/pseudo-random";

export interface Run {
  /** Generations of the two resources; undefined takes one out of the program. */
  auto: number | undefined;
  exact: number | undefined;
  faults: Fault[];
  options: RunOptions;
}

type Method = "GET" | "POST" | "DELETE";

const target = fc.record({
  method: fc.constantFrom<Method>("GET", "POST", "POST", "DELETE"),
  count: fc.constantFrom(1, 1, 2, 3, Infinity),
  skip: fc.constantFrom(0, 0, 1, 2),
});

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc
    .tuple(
      target,
      fc.constantFrom(500, 502, 503, 504, 401, 403, 404, 400),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([where, status, afterWork, isHtml]) =>
      respond(
        {
          // A 403 proves a key, so on a GET it would tell lies about a dead one.
          status: status === 403 && where.method === "GET" ? 401 : status,
          afterWork: afterWork && status >= 500,
          ...(isHtml ? { html: "<h1>no</h1>" } : {}),
        },
        where,
      ),
    ),
  fc
    .tuple(target, fc.constantFrom("before-work", "after-work", "mid-body"))
    .map(([where, when]) => cut({ when }, where)),
  target.map((where) => truncate(where)),
  fc
    .tuple(target, fc.constantFrom(0, 1, 7, 900))
    .map(([where, retryAfterSeconds]) => tooManyRequests({ retryAfterSeconds }, where)),
  fc
    .tuple(target, fc.constantFrom(500, 8_000, 90_000))
    .map(([{ count, skip }, ms]) => lateKey({ ms }, { count, skip })),
  target.map(({ count, skip }) => deadKey({ count, skip })),
);

const generation = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 6 });

export const runs: fc.Arbitrary<Run[]> = fc.array(
  fc.record({
    auto: generation,
    exact: generation,
    faults: fc.array(fault, { maxLength: 2 }),
    options: fc.oneof(
      fc.constant<RunOptions>({}),
      fc.constant<RunOptions>({ dependentsFail: true }),
      fc
        .record({
          request: fc.integer({ min: 1, max: 12 }),
          when: fc.constantFrom<"before" | "after">("before", "after"),
        })
        .map((dieAt): RunOptions => ({ dieAt })),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

/** Plays a history and checks the promises after every run, and that it converges in peace. */
export async function play(history: readonly Run[]): Promise<void> {
  const clock = manualClock({ random: pseudoRandom(history.length) });
  await using vultr = await startEmulator({ now: clock.now, requestsPerSecond: null });
  const users = { auto: vultr.addUser().id, exact: vultr.addUser().id };
  const engine = createMiniatureEngine(vultr, clock);
  const known: History = { vultr, engine, printed: [], kills: 0, timelineBefore: 0 };

  const run = async (program: Program, options: RunOptions) => {
    const before = engine.recorded();
    known.timelineBefore = vultr.timeline.length;
    const result = await engine.up(program, options);
    known.printed.push(...result.printed);
    if (result.died) known.kills += 1;
    clock.advance(100_000); // late keys have come to life by the next run
    expectPromises(known, before, program, result);
    return result;
  };
  const programOf = ({ auto, exact }: Run): Program => ({
    ...(auto === undefined ? {} : { auto: { userId: users.auto, rotationTrigger: auto } }),
    ...(exact === undefined
      ? {}
      : { exact: { userId: users.exact, rotationTrigger: exact, name: "ci" } }),
  });

  let program: Program = {};
  for (const each of history) {
    vultr.clearFaults();
    vultr.inject(...each.faults);
    program = withoutHalfRemoved(programOf(each), program, engine);
    await run(program, each.options);
  }
  vultr.clearFaults();
  await converge(program);

  async function converge(last: Program): Promise<void> {
    const first = await run(last, {});
    // A key that was kept unproven and is dead for good needs a rotation to get rid of it.
    const bumped = Object.fromEntries(
      Object.entries(last).map(([name, args]) => [name, { ...args, rotationTrigger: "peace" }]),
    );
    const final = first.error === undefined ? last : bumped;
    if (first.error !== undefined) {
      const second = await run(final, {});
      if (second.error !== undefined)
        throw new Error("re-running does not converge", { cause: second.error });
    }
    const sent = vultr.requests.length;
    const again = await run(final, {});
    if (again.error !== undefined)
      throw new Error("a run without faults fails", { cause: again.error });
    if (vultr.requests.length > sent) throw new Error("a run without changes sends requests");
    if (engine.recorded().length !== Object.keys(final).length)
      throw new Error("state does not hold exactly the keys of the program");
  }
}

/** A resource whose removal failed halfway stays out of the program until it succeeds, as people do it. */
function withoutHalfRemoved(next: Program, last: Program, engine: MiniatureEngine): Program {
  const entries = Object.entries(next).filter(
    ([name]) => name in last || engine.resources.get(name)?.current === undefined,
  );
  return Object.fromEntries(entries);
}
