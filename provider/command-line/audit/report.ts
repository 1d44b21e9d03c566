/** An audit for people, as a table, and for programs, as JSON. */
import { styleText } from "node:util";

import { oneLine } from "../../vultr/redact";
import { asJson } from "../command";
import type { Terminal } from "../terminal";
import { type AuditedKey, type Expiry, type Facts, type KeyClass, unlistedKeys } from "./classify";

/** What an audit can be told to fail on. */
type FindingKind = Exclude<KeyClass | Expiry, "managed" | "never" | "later">;

/** What to do about each. The class that needs attention most stands last. */
const advice: Record<FindingKind, string> = {
  unrecorded:
    "made by hand, by a stack that was not given, or by an interrupted run. If nothing uses one: --revoke <key id>.",
  "pending-deletion": "`pulumi up` ends them, unless retainOnDelete or an adoption keeps them.",
  missing:
    "if VULTR_API_KEY is of their organisation, `pulumi refresh`, then `pulumi up`, makes them anew (remove adoptKeyId and adoptApiKey first, if it was adopted).",
  expiring: "`pulumi up` rotates those whose rotateBeforeExpiry or rotateAfter is due.",
  expired: "rotate those in use; the others can go.",
};

export const findingKinds = Object.keys(advice).filter(isFindingKind);

export function isFindingKind(text: string): text is FindingKind {
  return Object.hasOwn(advice, text);
}

/** The keys of these kinds. */
export function ofKinds(keys: readonly AuditedKey[], kinds: readonly string[]): AuditedKey[] {
  return keys.filter((key) => kinds.includes(key.class) || kinds.includes(key.expiry));
}

/** How many recorded keys were not looked for. */
function notLookedFor(facts: Facts): number {
  return unlistedKeys(facts).filter(({ isLeftOut }) => isLeftOut).length;
}

/** @returns the machine-readable report, whose fields and classes are stable */
export function jsonReport(facts: Facts, keys: AuditedKey[], failOn: readonly string[]): string {
  const summary = {
    users: facts.inventory.keys.size,
    stacks: facts.stacks,
    keys: keys.length,
    keysNotLookedFor: notLookedFor(facts),
    findings: ofKinds(keys, failOn).length,
    ...Object.fromEntries(findingKinds.map((kind) => [kind, ofKinds(keys, [kind]).length])),
  };
  return asJson({ schemaVersion: 1, summary, keys });
}

const header = ["USER", "NAME", "KEY", "STATUS", "EXPIRES", "RESOURCE", "NOTE"];

/** @param all also managed keys that need no attention */
export function tableReport(
  facts: Facts,
  keys: AuditedKey[],
  all: boolean,
  terminal: Terminal,
): string {
  const count = (kind: string) => ofKinds(keys, [kind]).length;
  const shown = all ? keys : ofKinds(keys, findingKinds);
  const byClass = Map.groupBy<string, AuditedKey>(shown, (key) => key.class);
  // Within a class by user and name.
  const rows = ["managed", ...findingKinds].flatMap((kind) =>
    (byClass.get(kind) ?? []).map(rowOf).sort(),
  );
  const others = notLookedFor(facts);
  const summary =
    `${plural(keys.length, "key")} of ${plural(facts.inventory.keys.size, "user")}, ` +
    `compared with ${oneLine(facts.stacks.join(", "))}: ${count("managed")} managed, ` +
    `${count("unrecorded")} unrecorded.` +
    (others === 0
      ? ""
      : ` ${plural(others, "recorded key")} of other users, or of an organisation that VULTR_API_KEY does not see, ${others === 1 ? "was" : "were"} not looked for.`);
  const found = findingKinds.filter((kind) => count(kind) > 0);
  const toDo = found.map((kind) => `${count(kind)} ${kind}: ${advice[kind]}`);
  const table = rows.length === 0 ? [] : [...fitted([header, ...rows], terminal), ""];
  return [...table, summary, ...toDo].join("\n");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function rowOf(key: AuditedKey): string[] {
  const { userEmail, userId, name, keyId, dateExpire = "", stack, resource = "", note = "" } = key;
  const status = [key.class, ...[key.expiry].filter(isFindingKind)].join(", ");
  const place = stack === undefined ? "" : `${resource} in ${stack}`;
  return [userEmail || userId, name, keyId, status, dateExpire, place, note].map(oneLine);
}

/** Cells of one column start below each other. If that is too wide, each cell has a line of its own. */
function fitted([head = [], ...rows]: string[][], { columns, hasColours }: Terminal): string[] {
  const bold = (text: string) =>
    hasColours ? styleText("bold", text, { validateStream: false }) : text;
  const widths = head.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const padded = (cell: string, at: number) => cell.padEnd(widths[at] ?? 0);
  const lineOf = (row: readonly string[]) => row.map(padded).join("  ").trimEnd();
  const lines = rows.map(lineOf);
  if (lines.every((line) => line.length <= columns)) return [bold(lineOf(head)), ...lines];
  return rows.flatMap((row) => {
    const cells = row.map((cell, at) => [head[at] ?? "", cell] as const);
    const [first, ...others] = cells.filter(([, cell]) => cell !== "");
    const below = others.map(([name, cell]) => `  ${name.toLowerCase().padEnd(9)} ${cell}`);
    return [bold(first?.[1] ?? ""), ...below];
  });
}
