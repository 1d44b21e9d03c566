/** `preview-comment`: tells reviewers what a preview means for each key. */
import { parseDuration } from "../../keys/duration";
import { VultrError } from "../../vultr/errors";
import { type Command, exitCodes, parsedArgs, UsageError } from "../command";
import { type Terminal, textOf } from "../terminal";
import { commentOf } from "./comment";
import { previewAdvice, readPreview } from "./preview";

const help = `Usage: npx pulumi-vultr-user-api-key preview-comment [preview.json] [options]

Reads what \`pulumi preview --json\` has printed, from the file or from standard input (no
argument, or -), and prints Markdown for a comment: what happens to each key, why, when the
old key dies, and what expires soon. Needs no Vultr credential and sends nothing. It never
prints a secret, and warns if the preview holds a key in plaintext.

A pipeline finds the comment again by its first line, <!-- pulumi-vultr-user-api-key -->.

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

With --show-sames the preview also counts the keys that stay as they are, and tells which of them
expire soon; with --show-replacement-steps it tells of old keys that an earlier run could not revoke.`;

export const previewComment: Command = {
  summary: "a preview as a comment for pull requests: what happens to each key, and why",
  help,
  async run(args, terminal) {
    const options = { "expires-within": { type: "string", default: "30d" } } as const;
    const { values, positionals } = parsedArgs({ args, allowPositionals: true, options });
    const [file, ...others] = positionals;
    if (others.length > 0)
      throw new UsageError(`preview-comment takes one file, and ${others.length + 1} are given`);
    const within = parseDuration(values["expires-within"]);
    if ("problem" in within) throw new UsageError(`--expires-within: ${within.problem}`);
    const preview = readPreview(await inputOf(file, terminal));
    terminal.print(commentOf(preview, within.ms, terminal.clock.now()));
    return exitCodes.success;
  },
};

function inputOf(file: string | undefined, terminal: Terminal): Promise<string> {
  if (file === undefined && terminal.isInteractive)
    throw new UsageError("preview-comment needs a file, or a preview that is piped in");
  return textOf(file ?? "-", terminal).catch((error: unknown) => {
    const message = `could not read ${file ?? "standard input"}: ${String(error)}`;
    throw new VultrError({ message, hint: previewAdvice, cause: error });
  });
}
