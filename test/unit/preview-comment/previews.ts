/** Previews as the engine writes them, down to the fields that a comment reads. */
import { main } from "../../../provider/command-line/main";
import { fingerprintOf } from "../../../provider/keys/state";
import { manualClock } from "../../support/manual-clock";
import { scriptedTerminal } from "../../support/scripted-terminal";

export type Properties = Record<string, unknown>;

/** One step for one key. */
export interface KeyStep {
  op: string;
  /** The resource's name. @default "deployer" */
  name?: string;
  /** The ring that the key is a slot of. */
  ring?: string;
  /** Args of the last run. @default those of this run */
  oldInputs?: Properties;
  /** What state holds beside the args. */
  outputs?: Properties;
  /** Args of this run, beside an owner. */
  inputs?: Properties;
  /** Fields of the old state such as `protect`. */
  old?: Properties;
  /** Fields of the new state. */
  now?: Properties;
  reasons?: string[];
}

const userId = "5c1d7e27-ea8f-4467-9862-90062af79b4c";
const type = "pulumi-nodejs:dynamic/vultr:UserApiKey";
const ringType = "vultr:index:UserApiKeyRing";
const root = "urn:pulumi:test::project";

export const stackUrn = `${root}::pulumi:pulumi:Stack::project-test`;

/** Vultr's id of the key that state holds. */
const keyIdOf = (name: string) => `${fingerprintOf(name).slice(0, 8)}-1661-40f2-91af-900a154317b7`;

export function keyStep(step: KeyStep): Properties {
  const { op, name = "deployer", ring, inputs = {}, outputs = {}, old = {}, now = {} } = step;
  const { reasons } = step;
  const parent = ring === undefined ? stackUrn : `${root}::${ringType}::${ring}`;
  const urn = `${root}::${ring === undefined ? "" : `${ringType}$`}${type}::${name}`;
  const common = { urn, custom: true, type, parent };
  const owner = { resourceName: name, userId };
  const oldInputs = { ...owner, ...(step.oldInputs ?? inputs) };
  const made = {
    apiKey: "[secret]",
    createdAt: "2026-06-01T10:00:00Z",
    fingerprint: fingerprintOf(`the key of ${name}`),
    keyId: keyIdOf(name),
    name: `${name}-abcdefgh`,
  };
  const oldState = {
    ...common,
    id: `${userId}/${keyIdOf(name)}`,
    // The engine marks the old state of a replacement so.
    ...(op === "replace" && { delete: true }),
    inputs: oldInputs,
    outputs: { ...oldInputs, ...made, ...outputs },
    ...old,
  };
  return {
    op,
    urn,
    ...(!["create", "read"].includes(op) && { oldState }),
    ...(!op.startsWith("delete") && {
      newState: { ...common, inputs: { ...owner, ...inputs }, ...now },
    }),
    ...(reasons && { replaceReasons: reasons }),
    detailedDiff: null,
  };
}

/** The stack's own step, which every preview has. */
export function stackStep(outputs: Properties = {}, op = "same"): Properties {
  const state = { urn: stackUrn, custom: false, type: "pulumi:pulumi:Stack" };
  return { op, urn: stackUrn, oldState: { ...state, outputs }, newState: state };
}

export interface PreviewParts {
  outputs?: Properties;
  diagnostics?: { message: string; severity: string; urn?: string }[];
  /** More fields of the digest; undefined takes one away. */
  digest?: Properties;
}

/** A preview made with --show-sames. */
export function preview(steps: readonly Properties[], parts: PreviewParts = {}): Properties {
  const all = [stackStep(parts.outputs), ...steps];
  const same = all.filter(({ op }) => op === "same").length;
  const { diagnostics, digest } = parts;
  return {
    steps: all,
    ...(diagnostics && { diagnostics }),
    duration: 2_614_958_061,
    changeSummary: { same },
    ...digest,
  };
}

const now = "2026-07-01T00:00:00Z";

/** The comment on a preview, made by the command. */
export async function commentOn(digest: Properties, ...options: string[]): Promise<string> {
  const { text, code } = await runCommand(JSON.stringify(digest, null, 4), ...options);
  if (code !== 0) throw new Error(text);
  return text;
}

/** Runs the command on what is piped in. */
export async function runCommand(standardInput: string, ...options: string[]) {
  const clock = manualClock({ startMs: Date.parse(now) });
  const terminal = scriptedTerminal({ standardInput, clock });
  const code = await main(["preview-comment", ...options], terminal);
  return { code, text: [...terminal.printed, ...terminal.said].join("\n") };
}

/** The rows of the table of keys, each as what stands below the titles. */
function rowsIn(comment: string): Record<string, string>[] {
  const [titles = [], , ...rows] = comment
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | "));
  return rows.map((cells) => Object.fromEntries(titles.map((title, at) => [title, cells[at]!])));
}

const columns = ["What happens", "Why", "The old key", "The key expires"];

/** The first row of the table of keys, without the key: `what happens | why | the old key | expiry`. */
export async function rowOf(...steps: readonly KeyStep[]): Promise<string> {
  const [row = {}] = rowsIn(await commentOn(preview(steps.map(keyStep))));
  return columns.map((title) => (row[title] ?? "").replace(/^\*\*(.*)\*\*$/, "$1")).join(" | ");
}

/** What is said of the key that `deployer` has, or had before an earlier run replaced it. */
export async function fateOf(...steps: readonly Properties[]): Promise<string | undefined> {
  const rows = rowsIn(await commentOn(preview(steps))).filter((row) =>
    row["Key"]?.startsWith("`deployer`<br>"),
  );
  const row = rows.find((each) => each["What happens"] === "**left by an earlier run**") ?? rows[0];
  return row?.["The old key"]?.replace("`deployer-abcdefgh` ", "");
}
