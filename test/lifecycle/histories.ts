/**
 * Random histories of a world with several parties: two stacks and a copy of one, people, other
 * organisations, a network that breaks. Each is small: what is found is read by people.
 */
import fc from "fast-check";

import {
  cut,
  deadKey,
  type Fault,
  type FaultTarget,
  lateKey,
  respond,
  type Switches,
  tooManyRequests,
  truncate,
} from "../emulator";
import type { RunOptions } from "../support/miniature-engine";

/** How a run is made; targets and forced replacements pick keys as edits do. */
export interface How extends Omit<RunOptions, "targets" | "replace" | "apiKey"> {
  target?: number;
  replace?: number;
  /** By mistake, the credential in the environment is another organisation's. */
  isForeign?: true;
}

export type StackName = "first" | "second" | "copy";

export type Step =
  | {
      step: "run";
      stack: StackName;
      edits: readonly Edit[];
      how: How;
      faults: readonly Fault[];
      lag?: Partial<Switches>;
    }
  | Tagged<"step", typeof events>;

export type History = readonly Step[];

export interface Focus {
  /** What comes up most of the time. */
  often?: readonly (Edit["edit"] | Step["step"] | keyof typeof faults | keyof typeof hows)[];
}

type Table<T> = Readonly<Record<string, fc.Arbitrary<T>>>;

/** What histories are made of, by name. */
export interface Ingredients {
  edits: Table<object>;
  faults: Table<Fault>;
  hows: Table<How>;
  /** How far Vultr's answers are behind; undefined where they never are. */
  lags: fc.Arbitrary<Partial<Switches>> | undefined;
  editsPerRun: fc.ArrayConstraints;
  runs: fc.ArrayConstraints;
}

const which = fc.nat({ max: 3 });
const withAlias = fc.boolean();

/** One of what a table makes, with its name there under a tag. */
type Tagged<Tag extends "edit" | "step", Table> = {
  [Name in keyof Table]: Table[Name] extends fc.Arbitrary<infer Details>
    ? Record<Tag, Name> & Details
    : never;
}[keyof Table];

function tagged<T>(tag: "edit" | "step", table: Table<object>): Table<T> {
  const entries = Object.entries(table).map(([name, details]) => {
    return [name, details.map((more) => ({ [tag]: name, ...more }) as T)] as const;
  });
  return Object.fromEntries(entries);
}

/** A change of a program. `which` picks one of its keys, modulo their number. */
export type Edit = Tagged<"edit", typeof edits>;

const edits = {
  "add an automatic key": fc.record({}),
  "add an exact key": fc.record({}),
  "add a key by e-mail address": fc.record({}),
  "add a sibling with equal args": fc.record({ which }),
  "add a child": fc.record({ which }),
  "adopt a key made by hand": fc.record({ which, withPlaintext: fc.boolean() }),
  remove: fc.record({ which }),
  rotate: fc.record({ which }),
  rename: fc.record({ which, withAlias }),
  "move under a component": fc.record({ which, withAlias }),
  "move to another provider": fc.record({ which, isEmpty: fc.constantFrom(false, false, true) }),
  "depend on a resource": fc.record({ which }),
  "be replaced with a resource": fc.record({ which }),
  "replace that resource": fc.record({}),
  "delete before replace": fc.record({ which }),
  "ignore all changes": fc.record({ which }),
  "drop hidden inputs": fc.record({ which }),
} as const;

const html = "<h1>no</h1>";

type Method = "GET" | "POST" | "DELETE";

/** How long faults last: the real engine waits for their end in real time. */
interface Lasting {
  counts: number[];
  retryAfterSeconds: number[];
  lateMs: number[];
}

const targetsOf = (counts: number[]) =>
  fc.record({
    method: fc.constantFrom<Method>("GET", "POST", "POST", "DELETE"),
    count: fc.constantFrom(...counts),
    skip: fc.constantFrom(0, 0, 1, 2),
  });

/** What the network or Vultr does, whatever is asked of it. */
export function faultsLasting({ counts, retryAfterSeconds, lateMs }: Lasting) {
  const target = targetsOf(counts);
  return {
    "5xx": fc
      .tuple(target, fc.constantFrom(500, 502, 503, 504), fc.boolean(), fc.boolean())
      .map(([where, status, afterWork, isHtml]) =>
        respond({ status, afterWork, ...(isHtml ? { html } : {}) }, where),
      ),
    cut: fc
      .tuple(target, fc.constantFrom("before-work", "after-work", "mid-body"))
      .map(([where, when]) => cut({ when }, where)),
    truncated: target.map((where) => truncate(where)),
    "429": fc
      .tuple(target, fc.constantFrom(...retryAfterSeconds))
      .map(([where, seconds]) => tooManyRequests({ retryAfterSeconds: seconds }, where)),
    "late key": fc
      .tuple(target, fc.constantFrom(...lateMs))
      .map(([{ count, skip }, ms]) => lateKey({ ms }, { count, skip })),
  };
}

const counts = [1, 1, 2, 3, Infinity];
const target = targetsOf(counts);
const account = target.map(({ count }): FaultTarget => ({ path: "/account", count }));
const lists = target.map((at): FaultTarget => ({ ...at, method: "GET", path: "/users/*/apikeys" }));

const { "5xx": serverErrors, ...ofNetwork } = faultsLasting({
  counts,
  retryAfterSeconds: [0, 1, 7, 900],
  lateMs: [500, 8_000, 90_000],
});

// The order is part of what a seed stands for.
const faults = {
  "5xx": serverErrors,
  "create without an answer": fc
    .tuple(target, fc.boolean())
    .map(([{ count, skip }, afterWork]) =>
      respond({ status: 504, html, afterWork }, { method: "POST", count, skip }),
    ),
  // A 403 proves a key, so on GET /account it would tell lies about a dead one.
  "4xx": fc
    .tuple(target, fc.constantFrom(401, 403, 404, 400))
    .map(([where, status]) =>
      respond({ status: status === 403 && where.method === "GET" ? 401 : status }, where),
    ),
  "list refused": fc
    .tuple(lists, fc.constantFrom(401, 403, 500))
    .map(([where, status]) => respond({ status }, where)),
  "list cut in pages": lists.map((where) =>
    respond({ status: 200, json: { api_keys: [], meta: { total: 99 } } }, where),
  ),
  "403 page": account.map((where) => respond({ status: 403, html }, where)),
  "address blocked": account.map((where) =>
    respond({ status: 401, json: { error: "Unauthorized IP address: 192.0.2.1" } }, where),
  ),
  "error inside 2xx": fc
    .tuple(target, fc.constantFrom(401, 429, 503))
    .map(([where, status]) => respond({ status: 200, json: { error: "no", status } }, where)),
  ...ofNetwork,
  "dead key": target.map(({ count, skip }) => deadKey({ count, skip })),
  "delete refused": fc
    .tuple(target, fc.constantFrom(404, 403, 500))
    .map(([{ count }, status]) => respond({ status }, { method: "DELETE", count })),
} satisfies Record<string, fc.Arbitrary<Fault>>;

/** Vultr says "unauthorized address" of keys that it knows, and so not of a dead one. */
const speaksOfAddress = ({ kind }: Fault): boolean =>
  kind.name === "respond" && JSON.stringify(kind.response.json ?? "").includes("IP address");
const isDead = ({ kind }: Fault): boolean => kind.name === "late-key";

const hows = {
  plain: fc.constant<How>({}),
  previewed: fc.constant<How>({ isPreviewed: true }),
  refreshed: fc.boolean().map((isPreviewed): How => ({ refreshesFirst: true, isPreviewed })),
  refresh: fc.constant<How>({ command: "refresh" }),
  destroy: fc.constant<How>({ command: "destroy" }),
  "goes on after errors": fc.constant<How>({ continuesOnError: true }),
  "a dependent fails": fc.constant<How>({ dependentsFail: true }),
  targeted: which.map((each): How => ({ target: each })),
  "forced replacement": fc
    .tuple(which, fc.boolean())
    .map(([each, continuesOnError]): How => ({ replace: each, continuesOnError })),
  "another organisation": fc
    .constantFrom<How>({}, { command: "refresh" }, { command: "destroy" })
    .map((how): How => ({ ...how, isForeign: true })),
  killed: fc
    .record({
      request: fc.integer({ min: 1, max: 9 }),
      when: fc.constantFrom<"before" | "after">("before", "after"),
    })
    .map((dieAt): How => ({ dieAt })),
} satisfies Record<string, fc.Arbitrary<How>>;

const lags: fc.Arbitrary<Partial<Switches>> = fc.constantFrom<Partial<Switches>>(
  { newKey: { listedAfterMs: 6_000, usableAfterMs: 0 } },
  { newKey: { listedAfterMs: 900_000, usableAfterMs: 0 } },
  { deletedKeyListedForMs: 3_000 },
);

const stack = fc.constantFrom<StackName>("first", "first", "first", "second", "copy");

/** What somebody does between runs. */
const events = {
  "a person makes a key": fc.record({
    name: fc.constantFrom<"fitting" | "exact" | "odd">("fitting", "exact", "odd"),
  }),
  "a person deletes a key": fc.record({ which: fc.nat({ max: 5 }) }),
  "an address moves to another user": fc.record({}),
  "the first stack is copied": fc.record({}),
  "a checkpoint is restored": fc.record({ stack, back: fc.integer({ min: 1, max: 3 }) }),
  "a key is tainted": fc.record({ stack, which }),
};

/** All that the miniature engine can play. */
export const everything = {
  edits,
  faults,
  hows,
  lags,
  editsPerRun: { minLength: 0, maxLength: 2 },
  runs: { minLength: 1, maxLength: 4 },
} satisfies Ingredients;

export function histories(
  { often = [] }: Focus = {},
  ingredients: Ingredients = everything,
): fc.Arbitrary<History> {
  const oneOf = <T>(table: Table<T>) =>
    fc.oneof(
      ...Object.entries(table).map(([name, arbitrary]) => ({
        arbitrary,
        weight: often.some((each) => each === name) ? 40 : 1,
      })),
    );
  const someFaults = fc
    .array(oneOf(ingredients.faults), { minLength: 1, maxLength: 2 })
    .filter((all) => !(all.some(isDead) && all.some(speaksOfAddress)));
  const run = fc.record(
    {
      step: fc.constant("run" as const),
      stack,
      edits: fc.array(oneOf(tagged<Edit>("edit", ingredients.edits)), ingredients.editsPerRun),
      how: fc.oneof(
        { arbitrary: oneOf(ingredients.hows), weight: 3 },
        { arbitrary: hows.previewed, weight: 1 },
      ),
      faults: fc.oneof(fc.constant([]), someFaults),
      ...(ingredients.lags && { lag: ingredients.lags }),
    },
    { requiredKeys: ["step", "stack", "edits", "how", "faults"] },
  );
  const event = oneOf(tagged<Step>("step", events));
  // Between the runs somebody else may do something.
  return fc
    .array(fc.tuple(fc.option(event, { freq: 2 }), run), ingredients.runs)
    .map((pairs) => pairs.flat().filter((step) => step !== null));
}
