/**
 * The JSON of `pulumi preview --json`, as the engine writes it (seen with 3.259). Loose on purpose: a
 * field that a newer engine adds does no harm.
 */
import { z } from "zod";

import { stackOf, stackType, typeOf } from "../../urn";
import { NotAPreviewError } from "./not-a-preview";

const properties = z.record(z.string(), z.unknown()).nullish();
const flag = z.boolean().nullish();

const state = z.object({
  /** `<user id>/<key id>` of a key. */
  id: z.string().nullish(),
  parent: z.string().nullish(),
  inputs: properties,
  /** In a preview only of the old state, or copies of inputs. */
  outputs: properties,
  /** The object is only waiting for its deletion. Also set on the old state of a replacement. */
  delete: flag,
  protect: flag,
  retainOnDelete: flag,
  /** The old state of a replacement that deletes first. */
  pendingReplacement: flag,
  taint: flag,
  initErrors: z.array(z.string()).nullish(),
  resourceHooks: z.record(z.string(), z.array(z.string())).nullish(),
});

const step = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: state.nullish(),
  newState: state.nullish(),
  /** In no particular order. */
  replaceReasons: z.array(z.string()).nullish(),
});

const diagnostic = z.object({
  urn: z.string().nullish(),
  message: z.string(),
  severity: z.string(),
});

const digest = z.object({
  config: z.record(z.string(), z.unknown()).nullish(),
  steps: z.array(step).nullish(),
  diagnostics: z.array(diagnostic).nullish(),
  /** Nanoseconds. Absent where the preview was cut off. */
  duration: z.number().nullish(),
  /** How many resources there are of each operation, shown or not. */
  changeSummary: z.record(z.string(), z.number()).nullish(),
});

export type ResourceState = z.infer<typeof state>;
export type Step = z.infer<typeof step>;
export type Digest = z.infer<typeof digest>;

/**
 * @param text a whole file; lines around the JSON, such as npm's, are passed over
 * @throws {NotAPreviewError} it is not the JSON of one preview; says what it is and what to run
 */
export function parseDigest(text: string): Digest {
  const value = jsonIn(text);
  const kind = otherKindOf(value);
  if (kind !== undefined) throw new NotAPreviewError(kind);
  const parsed = digest.safeParse(value);
  if (!parsed.success) throw new NotAPreviewError("otherJson");
  if (isOfRefresh(parsed.data)) throw new NotAPreviewError("refresh");
  return parsed.data;
}

function jsonIn(text: string): unknown {
  const clean = text.trim(); // of a byte order mark too
  if (clean === "") throw new NotAPreviewError("empty");
  const whole = parsed(clean);
  if (whole !== undefined) return whole;
  const found = documentsIn(clean);
  if (found.length > 1) throw new NotAPreviewError("several");
  if (found.length === 1) return found[0];
  if (/^\{"sequence":/m.test(clean)) throw new NotAPreviewError("events");
  throw new NotAPreviewError(/^\{\r?$/m.test(clean) ? "truncated" : "noJson");
}

/** The engine's JSON is indented: it begins with a line `{` and ends with a line `}`. */
function documentsIn(text: string): unknown[] {
  const found: unknown[] = [];
  let document: string[] | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (line === "{") document = [];
    document?.push(line);
    if (line !== "}" || document === undefined) continue;
    const value = parsed(document.join("\n"));
    if (value !== undefined) found.push(value);
    document = undefined;
  }
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function otherKindOf(value: unknown): "events" | "stackExport" | "otherJson" | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "otherJson";
  if ("sequence" in value) return "events";
  if ("deployment" in value) return "stackExport";
  // An engine that fails before it begins prints `{}`.
  const isDigest = ["steps", "diagnostics", "changeSummary", "duration"].some(
    (key) => key in value,
  );
  return isDigest || Object.keys(value).length === 0 ? undefined : "otherJson";
}

/** `pulumi refresh --preview-only --json` looks alike, but its deletes mean that an object is gone. */
function isOfRefresh({ steps, diagnostics }: Digest): boolean {
  const stackSteps = (steps ?? []).filter((each) => typeOf(each.urn) === stackType);
  const failed = (diagnostics ?? []).some((each) => each.severity === "error");
  return !failed && stackSteps.length > 0 && stackSteps.every((each) => each.op === "refresh");
}

/** `project/stack`; undefined where the preview got nowhere. */
export function stackOfDigest({ steps, diagnostics }: Digest): string | undefined {
  const urn = [...(steps ?? []), ...(diagnostics ?? [])].find((each) => each.urn)?.urn;
  return stackOf(urn ?? "");
}
