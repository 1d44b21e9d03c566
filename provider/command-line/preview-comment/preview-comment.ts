/** `preview-comment`: tells reviewers what a preview means for each key. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { durationAdvice, parseDuration } from "../../keys/duration";
import { VultrError } from "../../vultr/errors";
import { type Command, exitCodes, UsageError } from "../command";
import type { Terminal } from "../terminal";
import { commentOf } from "./comment";
import { parseDigest } from "./digest";

const help = `Usage: npx pulumi-vultr-user-api-key preview-comment [preview.json] [options]

Reads what \`pulumi preview --json\` has printed, from the file or from standard input (no
argument, or -), and prints Markdown for a comment: for every key, what happens, why, when the
old key dies, and what expires soon. Needs no Vultr credential and sends nothing. It never
prints a secret, and warns where the preview holds a key in plaintext.

The first line is <!-- pulumi-vultr-user-api-key -->, by which a pipeline finds the comment
again. The text is shorter than GitHub allows, however many keys there are.

Options:
  --expires-within <duration>  tell which keys expire this soon, such as 2w (default: 30d)
  --help                       show this

Exit codes:
  0  the comment was made, also of a preview that failed
  2  it was not: the input is no preview, or cannot be read

Example:
  pulumi preview --json --show-sames > preview.json || failed=$?
  npx pulumi-vultr-user-api-key preview-comment preview.json > comment.md
  gh pr comment "$PULL_REQUEST" --edit-last --create-if-none --body-file comment.md
  exit "\${failed:-0}"

With --show-sames the preview also tells of keys that stay as they are, and when they expire;
with --show-replacement-steps of old keys that an earlier run could not revoke.`;

export const previewComment: Command = {
  summary: "a preview as a comment for pull requests: what happens to each key, and why",
  help,
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { "expires-within": { type: "string", default: "30d" } },
    });
    if (positionals.length > 1)
      throw new UsageError(`preview-comment takes one file, and ${positionals.length} are given`);
    const within = values["expires-within"];
    const parsed = parseDuration(within);
    if ("problem" in parsed) throw new UsageError(`--expires-within: ${durationAdvice}`);
    const digest = parseDigest(await read(positionals[0], terminal));
    const horizon = { within, withinMs: parsed.ms, nowMs: terminal.clock.now() };
    terminal.print(commentOf(digest, horizon));
    return exitCodes.success;
  },
};

async function read(file: string | undefined, terminal: Terminal): Promise<string> {
  if (file !== undefined && file !== "-") return readText(file);
  if (file === undefined && terminal.isInteractive)
    throw new UsageError("preview-comment needs a file, or a preview that is piped in");
  return terminal.readStandardInput();
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new VultrError({
      message: `could not read ${file}: ${error instanceof Error ? error.message : String(error)}`,
      hint: "Run `pulumi preview --json --show-sames > preview.json` and pass that file.",
      cause: error,
    });
  }
}
