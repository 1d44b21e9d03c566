/** What nobody outside Vultr knows about the API: one switch for each row of vultr-api.md §6. */

/** Times are in milliseconds. The defaults, in `defaultSwitches`, are assumptions. */
export interface Switches {
  /** Status of a successful create. */
  createStatus: 200 | 201 | 202;
  /** Body of a successful create; `masked` is the envelope with the key already masked. */
  createBody: "envelope" | "bare" | "empty" | "masked";
  /** `date_expire` of a key that never expires. */
  noExpiryDate: "empty-string" | "null" | "absent";
  /** Form of every date: `…Z`, `…+00:00`, or no zone at all. */
  dateForm: "zulu" | "offset" | "no-zone";
  /** Reading or deleting a key that does not exist. `external-error` is a 404 with an extra field. */
  missingKey: "404" | "400" | "external-error";
  /** Any call about a user that does not exist. */
  unknownUser: 404 | 400;
  /** A caller who is neither root nor has the ACL `manage_users`. */
  noManageUsers: 403 | 401 | 404;
  /** A call with a deleted key; `401-other-text` has another reason than `Invalid API token.` */
  deletedKeyUsed: "401" | "401-other-text" | "403";
  /** A call with an expired key. */
  expiredKeyUsed: "401" | "401-other-text" | "403";
  /** Whether an expired key is still listed and readable. */
  expiredKeyListed: "stays" | "disappears";
  /** A call with a key of a user whose `api_enabled` is false. */
  apiDisabled: 401 | 403;
  /** A create with a past or unreadable date, or with only one of `expire` and `date_expire`. */
  badDate: "400" | "stored" | "expiry-dropped";
  /** What becomes of names. Lengths are limited at 128 characters. */
  keyName: "any" | "reject-duplicate" | "reject-long" | "cut-long" | "default-if-absent";
  /** How many keys a user may have; one more is a 400. `null` is no limit. */
  keysPerUser: number | null;
  /** Deleting the key that makes the call. */
  deleteKeyInUse: 204 | 400;
  /**
   * When a new key is listed and readable, and when it authenticates. `flapping` misses it in the
   * first, third and fifth look of each kind: using it, listing it, reading it. The management key
   * is spared.
   */
  newKey:
    "at-once" | "flapping" | { readonly listedAfterMs: number; readonly usableAfterMs: number };
  /** How long a deleted key goes on being listed, though it authenticates no more. */
  deletedKeyListedForMs: number;
  /** Every successful create is applied and its answer lost; `timeout` never answers. */
  lostCreateReply: "off" | "reset" | "timeout" | "504-html";
  /** Whether a 429 carries `Retry-After`. */
  retryAfter: "sent" | "absent";
  /** Body of a scripted 5xx that names no body of its own. */
  serverErrorBody: "json" | "html" | "empty" | "gzip";
  /** `status` of users that were not given one. */
  userStatus: "active" | true | "absent";
  /** `GET /account` by a caller who is neither root nor has the ACL `billing`. */
  weakAccount: 200 | 403;
  /** What an empty IP allowlist means. Everybody's is empty but root's. */
  emptyAllowlist: "allow" | "block";
  /** Order of lists; `shuffled` differs at every listing of keys, and is fixed for users. */
  listOrder: "creation" | "shuffled";
  /** PATCH (or PUT) on a key. */
  patchKey: 405 | 404;
}

export const defaultSwitches: Readonly<Switches> = {
  createStatus: 202,
  createBody: "envelope",
  noExpiryDate: "empty-string",
  dateForm: "zulu",
  missingKey: "404",
  unknownUser: 404,
  noManageUsers: 403,
  deletedKeyUsed: "401",
  expiredKeyUsed: "401",
  expiredKeyListed: "stays",
  apiDisabled: 401,
  badDate: "400",
  keyName: "any",
  keysPerUser: null,
  deleteKeyInUse: 204,
  newKey: "at-once",
  deletedKeyListedForMs: 0,
  lostCreateReply: "off",
  retryAfter: "sent",
  serverErrorBody: "json",
  userStatus: "active",
  weakAccount: 200,
  emptyAllowlist: "allow",
  listOrder: "creation",
  patchKey: 405,
};

/** Every value but the default, so that a test can run under each; open-ended ones give samples. */
export const switchAlternatives: {
  readonly [Name in keyof Switches]: readonly Switches[Name][];
} = {
  createStatus: [200, 201],
  createBody: ["bare", "empty", "masked"],
  noExpiryDate: ["null", "absent"],
  dateForm: ["offset", "no-zone"],
  missingKey: ["400", "external-error"],
  unknownUser: [400],
  noManageUsers: [401, 404],
  deletedKeyUsed: ["401-other-text", "403"],
  expiredKeyUsed: ["401-other-text", "403"],
  expiredKeyListed: ["disappears"],
  apiDisabled: [403],
  badDate: ["stored", "expiry-dropped"],
  keyName: ["reject-duplicate", "reject-long", "cut-long", "default-if-absent"],
  keysPerUser: [2],
  deleteKeyInUse: [400],
  newKey: [{ listedAfterMs: 200, usableAfterMs: 200 }, "flapping"],
  deletedKeyListedForMs: [200],
  lostCreateReply: ["reset", "timeout", "504-html"],
  retryAfter: ["absent"],
  serverErrorBody: ["html", "empty", "gzip"],
  userStatus: [true, "absent"],
  weakAccount: [403],
  emptyAllowlist: ["block"],
  listOrder: ["shuffled"],
  patchKey: [404],
};
