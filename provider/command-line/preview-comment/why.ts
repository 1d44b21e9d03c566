/** Why something happens to a key: which arg asked for it, and from what to what it went. */
import { isDeepStrictEqual } from "node:util";

import { argNames } from "../../keys/inputs";
import { code, day, shown } from "./markdown";
import type { KeyStory } from "./story";

/** The only properties that are ever shown. */
const shownArgs = argNames.filter((arg) => arg !== "resourceName" && arg !== "resourceUrn");

/** Sentences, as Markdown. */
export function reasonsOf(story: KeyStory): string[] {
  const { event, args, isDestroy } = story;
  const unproven =
    args["verify"] === false ? ["`verify` is off, so the new key is not proven"] : [];
  if (event === "kept" || event === "read") return [];
  if (event === "pending")
    return [
      `an earlier run replaced key ${shown(story.old.outputs?.["keyId"])} and could not revoke it`,
    ];
  if (event === "revoked" || event === "released")
    return [isDestroy ? "the stack is destroyed" : "removed from the program"];
  if (event === "adopted") return [`takes over key ${shown(args["adoptKeyId"])} as it is`];
  if (event === "created") return [creation(story), ...unproven];
  const changes = shownArgs.flatMap((arg) => change(story, arg));
  if (event === "open") return [...changes, "another value than before rotates the key"];
  if (event === "rotated") return [...engineReason(story), ...changes, ...unproven];
  if ((story.old.initErrors ?? []).length > 0)
    changes.push("an earlier run could not prove the key: this one tries again");
  return changes.length > 0 ? changes : ["its record is brought up to date"];
}

function creation({ isMissing, ring, args }: KeyStory): string {
  if (isMissing) return "its recorded key is no longer at Vultr";
  if (ring === undefined) return "new in the program";
  return `generation ${shown(args["rotationTrigger"])} of the ring`;
}

/** The engine also replaces if no arg asks for it. */
function engineReason({ old, asked }: KeyStory): string[] {
  if (asked.some((reason) => shownArgs.some((arg) => arg === reason))) return [];
  if (old.taint === true) return ["marked by `pulumi state taint`"];
  const others = asked.filter((reason) => reason !== "id").sort();
  if (others.length === 0) return ["no arg asks for it: `--replace` or a resource option does"];
  return [`${others.map((reason) => code(reason)).join(", ")} changed`];
}

/** What this arg changes, if it asks for a new key or is another one than in the last run. */
function change({ old, args, asked, ring }: KeyStory, arg: string): string[] {
  const isAsked = asked.includes(arg);
  const isOther = !isDeepStrictEqual(old.inputs?.[arg] ?? undefined, args[arg] ?? undefined);
  if (!isAsked && !isOther) return [];
  const { adoptKeyId, keyId, createdAt, dateExpire } = old.outputs ?? {};
  const rule = `\`${arg}\` is ${shown(args[arg])}`;
  const isAdopted = adoptKeyId !== undefined && adoptKeyId === keyId;
  if (isAsked && arg === "rotateAfter")
    return [`${isAdopted ? "adopted" : "made"} on ${day(createdAt)}, and ${rule}`];
  if (isAsked && arg === "rotateBeforeExpiry")
    return [`expires on ${day(dateExpire)}, and ${rule}`];
  const show = arg === "dateExpire" ? day : shown;
  // What Vultr has, if it has it: the args leave out a name that was given automatically.
  const [from, to] = [show(old.outputs?.[arg] ?? old.inputs?.[arg]), show(args[arg])];
  // Two secrets look alike, and so do long values that are cut.
  const what = `${from} → ${from === to && from !== shown(undefined) ? "another one" : to}`;
  const isGeneration = arg === "rotationTrigger" && ring !== undefined;
  return [isGeneration ? `generation ${what}` : `\`${arg}\`: ${what}`];
}
