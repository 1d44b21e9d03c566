/** What is said of input that is no preview. */
import { VultrError } from "../../vultr/errors";

const run = "Run `pulumi preview --json --show-sames > preview.json` and pass that file.";

const wordings = {
  empty: {
    message: "the input is empty, so pulumi preview has printed nothing",
    hint: `Its own message, on standard error, says why. ${run}`,
  },
  truncated: {
    message: "the input is JSON that is cut short or damaged",
    hint: `Was pulumi preview killed? ${run}`,
  },
  noJson: { message: "the input is not JSON", hint: `Is --json missing? ${run}` },
  events: {
    message: "the input is a stream of engine events rather than the JSON of a preview",
    hint: `pulumi up --json prints one, and so does a preview with PULUMI_ENABLE_STREAMING_JSON_PREVIEW. ${run}`,
  },
  stackExport: {
    message: "the input is a stack export rather than the JSON of a preview",
    hint: run,
  },
  refresh: {
    message: "the input is the preview of a refresh, which tells nothing of what pulumi up does",
    hint: run,
  },
  several: {
    message: "the input holds several previews",
    hint: `Make a comment for each. ${run}`,
  },
  otherJson: { message: "the input is JSON, but not of pulumi preview", hint: run },
} as const;

/** The input is not the JSON of one preview. */
export class NotAPreviewError extends VultrError {
  override readonly name = "NotAPreviewError" as const;

  constructor(kind: keyof typeof wordings) {
    super(wordings[kind]);
  }
}
