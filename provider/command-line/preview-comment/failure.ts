/** Why a preview failed, in the engine's words. */
import type { Digest } from "./digest";
import { codeBlock, messageText } from "./markdown";

const longestError = 1_500;
const mostErrors = 8;

export function isFailed(digest: Digest): boolean {
  const { duration, changeSummary } = digest;
  const isCutOff = !duration && !changeSummary;
  return isCutOff || errorsOf(digest).length > 0;
}

/** The errors in a code block, sorted because parallel runs report them in any order; or what to do where there is none. */
export function failureSection(digest: Digest): string {
  const errors = [...new Set(errorsOf(digest).map(presented))];
  const telling = errors.filter((text) => text !== "" && text !== "preview failed").sort();
  if (telling.length === 0)
    return (
      "Its JSON does not say why; a violated policy, for one, leaves no trace there. " +
      "Run `pulumi preview` without `--json` to read it."
    );
  const more = telling.length - mostErrors;
  const shown = telling.slice(0, mostErrors);
  return codeBlock([...shown, ...(more > 0 ? [`… and ${more} more errors`] : [])].join("\n\n"));
}

function errorsOf({ diagnostics }: Digest): string[] {
  return (diagnostics ?? [])
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => message);
}

/** Without the frames of a stack trace, which tell a reviewer nothing. */
function presented(message: string): string {
  const text = withoutFolder(messageText(message.replace(/^error: /, ""), Infinity));
  const lines = text.split("\n").filter((line) => !/^\s+at\s/.test(line));
  return messageText(lines.join("\n"), longestError);
}

/** The folder of the program is another one on every machine. */
function withoutFolder(text: string): string {
  const folder = /^Running program '(.*[/\\])[^/\\']*'/.exec(text)?.[1];
  return folder === undefined ? text : text.replaceAll(folder, "");
}
