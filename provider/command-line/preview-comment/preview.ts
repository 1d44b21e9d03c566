/** Reads what `pulumi preview --json` prints (seen with 3.259 to 3.276). Fields that a newer engine adds do no harm. */
import { z } from "zod";

import { VultrError } from "../../vultr/errors";
import { jsonOf } from "../../vultr/failures";
import { stackOf, stackType, typeOf } from "../../urn";
import { resourceState } from "../resource-state";
import { secretMark } from "./markdown";

const flag = z.boolean().nullish();

const previewed = resourceState.extend({
  protect: flag,
  retainOnDelete: flag,
  pendingReplacement: flag, // the old state of a replacement that deletes first
  taint: flag,
  deletedWith: z.string().nullish(), // a URN: if that resource is deleted too, this one is only forgotten
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullish()).nullish(), // URNs
  initErrors: z.array(z.string()).nullish(),
  resourceHooks: z.record(z.string(), z.array(z.string()).nullish()).nullish(),
});

const state = previewed.transform(withOwnIds).nullish();

const step = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: state,
  newState: state,
  replaceReasons: z.array(z.string()).nullish(), // in no particular order
  // By path. The engine names here what `replaceOnChanges` makes a reason.
  detailedDiff: z
    .record(z.string(), z.object({ kind: z.string() }))
    .nullish()
    .catch(null),
});

const diagnostic = z.object({
  urn: z.string().nullish(),
  message: z.string(),
  severity: z.string(),
});

const json = z.looseObject({
  config: z.record(z.string(), z.unknown()).nullish(),
  steps: z.array(step).nullish(),
  diagnostics: z.array(diagnostic).nullish(),
  duration: z.number().nullish(), // nanoseconds; absent if the preview was cut off
  changeSummary: z.record(z.string(), z.number()).nullish(), // of all resources, shown or not
});

export type Step = z.infer<typeof step>;

/**
 * All secrets look alike. If a program makes one of the ids of a key, the resource's own id still tells it, and
 * an adopted key is another one only after a rotation.
 */
function withOwnIds(key: z.infer<typeof previewed>): z.infer<typeof previewed> {
  const { id, outputs } = key;
  if (outputs?.["keyId"] === secretMark) outputs["keyId"] = id?.split("/")[1];
  if (outputs?.["adoptKeyId"] === secretMark && outputs["previousKeyId"] === undefined)
    outputs["adoptKeyId"] = outputs["keyId"];
  return key;
}

export type Preview = ReturnType<typeof readPreview>;

/**
 * @param text a whole file; lines around the JSON, such as npm's, are passed over
 * @throws {VultrError} it is not the JSON of one preview; says what it is and what to run
 */
export function readPreview(text: string) {
  const parsed = json.safeParse(jsonIn(text));
  const names = Object.keys(parsed.data ?? {});
  if (names.includes("deployment")) throw notAPreview("a stack export");
  // An engine that fails before it begins prints `{}`.
  const isOther = names.length > 0 && !names.some((name) => name in json.shape);
  if (!parsed.success || isOther) throw notAPreview("JSON, but not of pulumi preview");
  const { duration, changeSummary } = parsed.data;
  const [steps, diagnostics] = [parsed.data.steps ?? [], parsed.data.diagnostics ?? []];
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const ofStack = steps.filter(({ urn }) => typeOf(urn) === stackType);
  const refreshed = steps.filter(({ op }) => op === "refresh").map(({ urn }) => urn);
  // With --refresh a preview refreshes what it deletes. A refresh shows what it has found gone as deleted alone.
  const isFoundGone = ({ op, urn, oldState }: Step) =>
    op === "delete" && !oldState?.delete && refreshed.length > 0 && !refreshed.includes(urn);
  const isOfRefresh = ofStack[0] && !errors[0] && ofStack.every(({ op }) => op === "refresh");
  if (isOfRefresh || steps.some(isFoundGone))
    throw notAPreview("the preview of a refresh, whose deletes mean that an object is gone");
  const isFailed = errors.length > 0 || (!duration && !changeSummary);
  const shownSame = steps.filter(({ op }) => op === "same").length;
  return {
    /** `project/stack`; undefined if the preview got nowhere. */
    stack: stackOf([...steps, ...diagnostics].find(({ urn }) => urn)?.urn ?? ""),
    config: parsed.data.config ?? {},
    steps,
    /** URNs of resources of which nobody asked the provider: its settings are not known yet. */
    undecided: diagnostics
      .filter(({ message }) => message.includes("has inputs that are not known during preview"))
      .map(({ urn }) => urn),
    /** What the engine, the program and the provider said; errors among it. */
    messages: diagnostics.map(({ message }) => message),
    errors: errors.map(({ message }) => message),
    isFailed,
    /** Were resources that stay as they are left out? */
    isPartial: !isFailed && (changeSummary?.["same"] ?? 0) > shownSame,
  };
}

function jsonIn(text: string): unknown {
  const clean = text.trim(); // of a byte order mark too
  if (clean === "") throw notAPreview("empty: the reason is on pulumi's standard error");
  if (/^\{"sequence":/m.test(clean))
    throw notAPreview("a stream of engine events, as `pulumi up --json` prints them");
  // The engine's JSON is indented: it begins with a line `{` and ends with a line `}`.
  const value = jsonOf(clean) ?? jsonOf(/^\{.*^\}/ms.exec(clean)?.[0] ?? "");
  if (value !== undefined) return value;
  if (/^\}\s+^\{/m.test(clean)) throw notAPreview("several previews: make a comment for each");
  const isBegun = /^\{\r?$/m.test(clean);
  throw notAPreview(
    isBegun ? "JSON that is cut short or damaged" : "not JSON: --json may be missing",
  );
}

/** How to make the input of this command. */
export const previewAdvice =
  "Run `pulumi preview --json --show-sames > preview.json` and pass that file.";

function notAPreview(what: string): VultrError {
  return new VultrError({ message: `the input is ${what}`, hint: previewAdvice });
}
