/** Why something happens to a key: which arg asked for it, and from what to what it went. */
import { isDeepStrictEqual } from "node:util";

import { argNames } from "../../keys/inputs";
import { keyType, pluginKeyType } from "../../names";
import { typeOf } from "../../urn";
import { code, day, secretMark, shown } from "./markdown";
import { type KeyStory, quietEvents } from "./story";

/** Sentences, as Markdown. `all` are the keys of the preview: a renamed one may have two stories. */
export function reasonsOf(story: KeyStory, all: readonly KeyStory[]): string[] {
  const { event, args, old, isDestroy } = story;
  const unproven =
    args["verify"] === false ? ["`verify` is off, so the new key is not proven"] : [];
  if (quietEvents.includes(event) || event === "taken") return [];
  if (event === "pending")
    return [`an earlier run replaced key ${shown(story.keyId)} and could not revoke it`];
  if (event === "revoked" || event === "released" || event === "gone") {
    if (/^(replace|read)$/.test(story.op)) return ["the program only looks up a key in its place"];
    return [isDestroy ? "the stack is destroyed" : "removed from the program"];
  }
  const how = "adoptKeyId" in args ? "as it is" : "by `import`";
  if (event === "adopted")
    return [
      `takes over key ${shown(args["adoptKeyId"] ?? story.adopts)} ${how}`,
      ...renaming(story, all),
    ];
  if (event === "created") return [creation(story), ...renaming(story, all), ...unproven];
  const changes = argNames.flatMap((arg) => change(story, arg));
  if (story.isUndecided)
    return [
      ...changes,
      "its provider's settings are known only during `pulumi up`, which decides whether it is due",
    ];
  if (event === "open") return [...changes, "another value than before rotates the key"];
  if (event === "rotated") return [...engineReason(story), ...changes, ...unproven];
  if ((old.initErrors ?? []).length > 0)
    changes.push("an earlier run could not prove the key: this one tries again");
  return changes.length > 0 ? changes : ["its record is brought up to date"];
}

function creation({ isMissing, ring, args }: KeyStory): string {
  if (isMissing) return "its recorded key is no longer at Vultr";
  if (ring === undefined) return "new in the program";
  return `generation ${shown(args["rotationTrigger"])} of the ring`;
}

/** One removed key and one new one with the same args may be one resource under two names. */
function renaming({ event, args, urn, ring }: KeyStory, all: readonly KeyStory[]): string[] {
  const alike = all.filter((each) =>
    argNames.every((arg) => isDeepStrictEqual(each.args[arg], args[arg])),
  );
  const [former, ...others] = alike.filter((each) => /revoked|released/.test(each.event));
  const isOnlyOne = alike.filter((each) => each.event === event).length === 1;
  if (former === undefined || others.length > 0 || !isOnlyOne) return [];
  // From the plugin no alias leads back to the classes, and a slot of a ring takes none.
  const isWayBack = typeOf(former.urn) === pluginKeyType && typeOf(urn) === keyType;
  if (isWayBack || (ring !== undefined && former.ring === undefined)) return [];
  return [`is it ${former.label}, renamed? Then add \`aliases\`: the key stays`];
}

/** The engine also replaces if no arg asks for it. */
function engineReason({ old, asked }: KeyStory): string[] {
  if (asked.some((reason) => argNames.some((arg) => arg === reason))) return [];
  if (old.taint === true) return ["marked by `pulumi state taint`"];
  const others = asked.map((reason) => code(reason)).sort();
  if (others.length > 0) return [`${others.join(", ")} changed`];
  return ["no arg asks for it: `--replace` or a resource option does"];
}

/** What this arg changes, if it asks for a new key or is another one than in the last run. */
function change({ old, args, asked, ring }: KeyStory, arg: string): string[] {
  const isAsked = asked.includes(arg);
  const isOther = !isDeepStrictEqual(old.inputs?.[arg] ?? undefined, args[arg] ?? undefined);
  if (!isAsked && !isOther) return [];
  const { keyId, adoptKeyId, createdAt, dateExpire } = old.outputs ?? {};
  const rule = `\`${arg}\` is ${shown(args[arg])}`;
  if (isAsked && arg === "rotateAfter")
    return [`${keyId === adoptKeyId ? "adopted" : "made"} on ${day(createdAt)}, and ${rule}`];
  if (isAsked && arg === "rotateBeforeExpiry")
    return [`expires on ${day(dateExpire)}, and ${rule}`];
  const show = arg === "dateExpire" ? day : shown;
  // What Vultr has, if it has it: the args leave out a name that was given automatically.
  const was =
    old.inputs?.[arg] === secretMark ? secretMark : (old.outputs?.[arg] ?? old.inputs?.[arg]);
  const [from, to] = [show(was), show(args[arg])];
  // Two secrets look alike, and so do long values that are cut.
  const what = `${from} → ${from === to && from !== shown(undefined) ? "another one" : to}`;
  const isGeneration = arg === "rotationTrigger" && ring !== undefined;
  return [isGeneration ? `generation ${what}` : `\`${arg}\`: ${what}`];
}
