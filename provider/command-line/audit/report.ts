/** An audit for people, as a table, and for programs, as JSON. */
import { compareText } from "../order";
import { type AuditedKey, type Expiry, type KeyClass } from "./classify";

export interface AuditReport {
  keys: readonly AuditedKey[];
  /** How many users were looked at. */
  userCount: number;
  /** Stacks that were compared with, as `<project>/<stack>`. */
  stacks: readonly string[];
  /** Recorded keys of other organisations, which this credential cannot see. */
  otherOrganisationCount: number;
  /** What the exit code counts, see {@link isFinding}. */
  failOn: ReadonlySet<FindingKind>;
}

/** What an audit can be told to fail on. */
export const findingKinds = [
  "orphan",
  "suspected-orphan",
  "missing",
  "pending-deletion",
  "expired",
  "expiring",
  "unmanaged",
] as const;
export type FindingKind = (typeof findingKinds)[number];

export function isFinding(key: AuditedKey, failOn: ReadonlySet<FindingKind>): boolean {
  return findingKinds.some(
    (kind) => failOn.has(kind) && (kind === key.class || kind === key.expiry),
  );
}

/** What to do about each kind, once under the table. */
const advice: Record<FindingKind, string> = {
  orphan: "--revoke-orphans deletes them; nobody has their plaintext.",
  "suspected-orphan": "look at the note before you delete one by hand.",
  missing: "`pulumi refresh`, then `pulumi up`, makes them anew.",
  "pending-deletion": "`pulumi up` deletes them.",
  expired: "rotate those in use; the others can be deleted.",
  expiring: "`pulumi up` rotates those whose rotateBeforeExpiry or rotateAfter is due.",
  unmanaged: "made by hand, or by a stack that was not given.",
};

const words: Record<KeyClass | Expiry, string> = {
  managed: "managed",
  unmanaged: "unmanaged",
  "suspected-orphan": "orphan?",
  orphan: "orphan",
  "pending-deletion": "pending deletion",
  missing: "missing at Vultr",
  never: "",
  later: "",
  expiring: "expiring",
  expired: "expired",
};

/** The machine-readable report: fields and classes are stable. */
export function jsonReport(report: AuditReport): string {
  const { keys, userCount, stacks, otherOrganisationCount, failOn } = report;
  const summary = {
    users: userCount,
    stacks,
    keys: keys.length,
    keysOfOtherOrganisations: otherOrganisationCount,
    findings: keys.filter((key) => isFinding(key, failOn)).length,
    ...Object.fromEntries(findingKinds.map((kind) => [kind, countOf(keys, kind)])),
  };
  return JSON.stringify({ summary, keys }, undefined, 2);
}

/** @param showAll also the managed keys that need no attention */
export function tableReport(report: AuditReport, showAll: boolean): string {
  const { keys, failOn } = report;
  const needsAttention = (key: AuditedKey) =>
    key.class !== "managed" || key.expiry === "expired" || key.expiry === "expiring";
  const shown = keys.filter((key) => showAll || needsAttention(key)).sort(byClass);
  const rows = shown.map((key) => [
    key.userEmail || key.userId,
    key.name,
    key.keyId,
    [words[key.class], words[key.expiry]].filter(Boolean).join(", "),
    key.dateExpire ?? "",
    key.stack === undefined ? "" : `${key.resource ?? ""} in ${key.stack}`,
    key.note ?? "",
  ]);
  const header = ["USER", "NAME", "KEY", "STATUS", "EXPIRES", "RESOURCE", "NOTE"];
  const table = rows.length === 0 ? [] : [...columns([header, ...rows]), ""];
  const findings = findingKinds.filter((kind) => failOn.has(kind) && countOf(keys, kind) > 0);
  return [
    ...table,
    summaryOf(report),
    ...findings.map((kind) => `${countOf(keys, kind)} ${label(kind)}: ${advice[kind]}`),
  ].join("\n");
}

function summaryOf({ keys, userCount, stacks, otherOrganisationCount }: AuditReport): string {
  const managed = keys.filter((key) => key.class === "managed").length;
  const others =
    otherOrganisationCount === 0
      ? ""
      : ` ${plural(otherOrganisationCount, "key")} of other organisations could not be looked at.`;
  const compared = stacks.length === 0 ? "no stack" : stacks.join(", ");
  return (
    `${plural(keys.length, "key")} of ${plural(userCount, "user")}, compared with ${compared}: ` +
    `${managed} managed, ${countOf(keys, "unmanaged")} unmanaged.${others}`
  );
}

function countOf(keys: readonly AuditedKey[], kind: FindingKind): number {
  return keys.filter((key) => key.class === kind || key.expiry === kind).length;
}

function label(kind: FindingKind): string {
  return kind === "suspected-orphan" ? "perhaps orphans" : words[kind];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** What needs attention most stands last, next to the summary; within a class by user and name. */
function byClass(a: AuditedKey, b: AuditedKey): number {
  const order: KeyClass[] = [
    "managed",
    "unmanaged",
    "pending-deletion",
    "missing",
    "suspected-orphan",
    "orphan",
  ];
  return (
    order.indexOf(a.class) - order.indexOf(b.class) ||
    compareText(a.userEmail, b.userEmail) ||
    compareText(a.name, b.name) ||
    compareText(a.keyId, b.keyId)
  );
}

/** Cells of one column start below each other. Control characters could hide a row: they go. */
function columns(rows: readonly string[][]): string[] {
  const clean = rows.map((row) => row.map((cell) => cell.replace(/\p{Cc}/gu, "?")));
  const widths = (clean[0] ?? []).map((_, at) =>
    Math.max(...clean.map((row) => row[at]?.length ?? 0)),
  );
  return clean.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
