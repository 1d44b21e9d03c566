/** What nobody outside Vultr knows about the API: one switch for each row of vultr-api.md §6. */
import { readFileSync } from "node:fs";

/** Exactly these values. */
const oneOf = <const Values extends unknown[]>(...values: Values) => values;
/** Samples of any such values. */
const like = <Value>(...values: Value[]) => values;

type NewKey =
  "at-once" | "flapping" | { readonly listedAfterMs: number; readonly usableAfterMs: number };

/**
 * The values of each switch: the default first, which is an assumption, and then the others, so that a
 * test can run under each; open-ended ones give samples. Times are in milliseconds.
 */
const switchValues = {
  /** Status of a successful create. */
  createStatus: oneOf(202, 200, 201),
  /** Body of a successful create; `masked` is the envelope with the key already masked. */
  createBody: oneOf("envelope", "bare", "empty", "masked"),
  /** `date_expire` of a key that never expires. */
  noExpiryDate: oneOf("empty-string", "null", "absent"),
  /** Form of every date: `…Z`, `…+00:00`, or no zone at all. */
  dateForm: oneOf("zulu", "offset", "no-zone"),
  /** Reading or deleting a key that does not exist. `external-error` is a 404 with an extra field. */
  missingKey: oneOf("404", "400", "external-error"),
  /** Any call about a user that does not exist. */
  unknownUser: oneOf(404, 400),
  /** A caller who is neither root nor has the ACL `manage_users`. */
  noManageUsers: oneOf(403, 401, 404),
  /** A call with a deleted key; `401-other-text` has another reason than `Invalid API token.` */
  deletedKeyUsed: oneOf("401", "401-other-text", "403"),
  /** A call with an expired key. */
  expiredKeyUsed: oneOf("401", "401-other-text", "403"),
  /** Whether an expired key is still listed and readable. */
  expiredKeyListed: oneOf("stays", "disappears"),
  /** A call with a key of a user whose `api_enabled` is false. */
  apiDisabled: oneOf(401, 403),
  /** A call with a key of a user whose status is `suspended`. */
  suspendedUser: oneOf(401, 403, "accepted"),
  /** What it takes to delete a key of another user; `own` is a right that nobody but root has. Without it: 403. */
  deleteRight: oneOf("manage_users", "own"),
  /** How 4xx refusals are sent: with their status, or as a 200 whose body has `error` and `status`, or `error` alone. */
  refusalSent: oneOf("as-status", "in-body", "words-only"),
  /** A create with a past or unreadable date, or with only one of `expire` and `date_expire`. */
  badDate: oneOf("400", "stored", "expiry-dropped"),
  /** What becomes of names. Lengths are limited at 128 characters. */
  keyName: oneOf("any", "reject-duplicate", "reject-long", "cut-long", "default-if-absent"),
  /** How many keys a user may have; one more is a 400. `null` is no limit. */
  keysPerUser: like<number | null>(null, 2),
  /** Deleting the key that makes the call. */
  deleteKeyInUse: oneOf(204, 400),
  /** When a new key is listed and readable, and when it authenticates. NOTES.md says how it flaps. */
  newKey: like<NewKey>("at-once", { listedAfterMs: 200, usableAfterMs: 200 }, "flapping"),
  /** How long a deleted key goes on being listed, though it authenticates no more. */
  deletedKeyListedForMs: like(0, 200),
  /** Every successful create is applied and its answer lost; `timeout` never answers. */
  lostCreateReply: oneOf("off", "reset", "timeout", "504-html"),
  /** Whether a 429 carries `Retry-After`. */
  retryAfter: oneOf("sent", "absent"),
  /** Body of a scripted 5xx that names no body of its own. */
  serverErrorBody: oneOf("json", "html", "empty", "gzip"),
  /** `status` of users that were not given one. */
  userStatus: oneOf("active", true, "absent"),
  /** `GET /account` by a caller who is neither root nor has the ACL `billing`. */
  weakAccount: oneOf(200, 403),
  /** A call from an address that the allowlist lacks. */
  addressRefused: oneOf(401, 403),
  /** Fields of users and keys but their ids and a plaintext, and the `meta` of lists: none is marked as required. */
  otherFields: oneOf("documented", "null", "absent", "numbers"),
  /** What an empty IP allowlist means. Everybody's is empty but root's. */
  emptyAllowlist: oneOf("allow", "block"),
  /** Order of lists; `shuffled` differs at every listing of keys, and is fixed for users. */
  listOrder: oneOf("creation", "shuffled"),
  /** PATCH (or PUT) on a key. */
  patchKey: oneOf(405, 404),
};

export type Switches = { [Name in keyof typeof switchValues]: (typeof switchValues)[Name][number] };

export const defaultSwitches = mapped(([byDefault]) => byDefault) as Readonly<Switches>;

export const switchAlternatives = mapped(([, ...others]) => others) as {
  readonly [Name in keyof Switches]: readonly Switches[Name][];
};

/**
 * What `npm run verify-emulator` found, if the environment variable `EMULATOR_SWITCHES` names its file, and
 * above that what tests assume.
 */
export function switchesOfReality(): Partial<Switches> {
  const file = process.env["EMULATOR_SWITCHES"];
  if (file === undefined) return assumed;
  const found = JSON.parse(readFileSync(file, "utf8")) as Partial<Switches>;
  const unknown = Object.keys(found).filter((name) => !(name in switchValues));
  if (unknown.length > 0) throw new Error(`${file} names no switches: ${unknown.join(", ")}.`);
  return { ...found, ...assumed };
}

let assumed: Partial<Switches> = {};

/**
 * From now on these values count in this process, whatever the file says, but not for an emulator that is
 * started with others.
 *
 * @returns takes that back
 */
export function assumeSwitches(switches: Partial<Switches>): () => void {
  const before = assumed;
  assumed = { ...before, ...switches };
  return () => {
    assumed = before;
  };
}

function mapped(change: (values: unknown[]) => unknown): unknown {
  const entries = Object.entries(switchValues);
  return Object.fromEntries(entries.map(([name, values]) => [name, change(values)]));
}
