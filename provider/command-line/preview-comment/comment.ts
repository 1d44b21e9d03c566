/** Puts the comment together: a headline that says it all, the warnings, the table, the rest folded. */
import { stackType, typeOf } from "../../urn";
import { type Digest, stackOfDigest } from "./digest";
import { expiringSection, type ExpiryHorizon } from "./expiring";
import { failureSection, isFailed } from "./failure";
import { keyStoriesOf, type KeyStory, pendingDeletionsOf } from "./key-stories";
import { countEvents, isTouched, keyTable, quietTable } from "./key-table";
import { alert, atMost, code } from "./markdown";
import { endNote } from "./old-keys";
import { plaintextWarning } from "./plaintexts";
import { ringWarnings } from "./rings";

/** The first line of every comment, by which a pipeline finds the one to update. */
const marker = "<!-- pulumi-vultr-user-api-key -->";

/** Longest comment in characters. GitHub takes 65,536. */
const longestComment = 60_000;

const mostLines = 10;

/** Markdown, without a line break at its end. The same digest at the same time gives the same text. */
export function commentOf(digest: Digest, horizon: ExpiryHorizon): string {
  const warning = plaintextWarning(digest); // first: it makes known what is to be redacted
  const stories = keyStoriesOf(digest);
  const touched = stories.filter(isTouched);
  const isDestroy = isOfDestroy(digest);
  const before = [
    headline(digest, stories),
    isFailed(digest) ? failureSection(digest) : undefined,
    warning,
    ...ringWarnings(stories)
      .slice(0, mostLines)
      .map((text) => alert("WARNING", [text])),
    isFailed(digest) && touched.length > 0
      ? `Until it failed, it had found: ${countEvents(stories)}.`
      : undefined,
  ];
  const after = [
    touched.length > 0 ? endNote(touched, isDestroy) : undefined,
    pendingSection(digest),
    expiringSection(stories, horizon),
    isPartial(digest) ? partialNote : undefined,
  ];
  let room = longestComment - [...before, ...after].join("\n\n").length;
  const tables: string[] = [];
  if (touched.length > 0) {
    tables.push(keyTable(touched, stories, { isDestroy, room }));
    const quiet = stories.filter((story) => !isTouched(story));
    room -= tables.join("").length;
    if (quiet.length > 0) after.splice(3, 0, quietTable(quiet, room));
  }
  const sections = [...before, ...tables, ...after].filter((section) => section !== undefined);
  return [marker, sections.join("\n\n")].join("\n");
}

function headline(digest: Digest, stories: readonly KeyStory[]): string {
  const stack = stackOfDigest(digest);
  const subject = stack === undefined ? "Vultr API keys" : `Vultr API keys of ${code(stack)}`;
  return `### ${subject}: ${verdict(digest, stories)}`;
}

function verdict(digest: Digest, stories: readonly KeyStory[]): string {
  if (isFailed(digest)) return "the preview failed, nothing was changed";
  const counts = countEvents(stories);
  if (stories.some(isTouched)) return counts;
  if (counts === "") return isPartial(digest) ? "nothing changes" : "there are none";
  return `nothing changes, ${counts}`;
}

/** With --refresh each resource has a `refresh` of its own. */
const quietOps = new Set(["same", "refresh"]);

/** Were resources that stay as they are left out? */
function isPartial(digest: Digest): boolean {
  if (isFailed(digest)) return false;
  const steps = digest.steps ?? [];
  const moved = new Set(steps.filter(({ op }) => !quietOps.has(op)).map(({ urn }) => urn));
  const same = new Set(steps.map(({ urn }) => urn).filter((urn) => !moved.has(urn)));
  return (digest.changeSummary?.["same"] ?? 0) > same.size;
}

const partialNote =
  "_Made without `--show-sames`: keys that stay as they are, and when those expire, are not in it._";

function isOfDestroy({ steps }: Digest): boolean {
  return (steps ?? []).some(({ op, urn }) => op === "delete" && typeOf(urn) === stackType);
}

function pendingSection(digest: Digest): string | undefined {
  const lines = pendingDeletionsOf(digest).map(
    ({ name, keyId }) => `- ${code(keyId)}, a former key of ${code(name)}`,
  );
  if (lines.length === 0) return undefined;
  const head = "**Left by an earlier run, still valid, and revoked at the end of this one:**";
  return [head, "", ...atMost(lines, mostLines, "")].join("\n");
}
