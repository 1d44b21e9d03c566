/**
 * Finds keys that the preview's JSON holds in plaintext: a program has exported, printed or passed one
 * on without keeping it secret. Whatever is found is redacted from then on.
 */
import { stripVTControlCharacters } from "node:util";

import { fingerprintOf } from "../../keys/state";
import { apiKeyLength, redact, rememberSecret } from "../../vultr/redact";
import { isKeyType } from "../../names";
import { nameOf, stackType, typeOf } from "../../urn";
import { alert, code, list, secretMark } from "./markdown";
import type { Preview } from "./preview";

/** A warning that names every place; empty without any. To be called before anything is shown. */
export function plaintextWarning(preview: Preview): string[] {
  const keys = keysByFingerprint(preview);
  const texts = textsIn({
    config: preview.config,
    steps: preview.steps.map(({ urn, oldState, newState }) => [oldState, newState, nameOf(urn)]),
    messages: preview.messages.map((message) => stripVTControlCharacters(message)),
  }).map(([path, text]) => ({ path, text, key: keyIn(text, keys) }));
  const items = texts.flatMap(({ path, text, key }) => {
    if (key === undefined && redact(text) === text) return [];
    const what = key === undefined ? "something shaped like an API key" : `the key of ${code(key)}`;
    return [`${placeOf(path, preview)} holds ${what}`];
  });
  const title =
    "**An API key is readable in plaintext** in the state of this stack, or in its preview:";
  const advice =
    "Keep it secret in the program (no `pulumi.unsecret`, no printing), and rotate the key: whoever reads the state or a log has it.";
  const places = list(title, [...new Set(items)].sort(), 10);
  return places.map((text) => alert("CAUTION", `${text}\n\n${advice}`));
}

/** Names of resources. A fingerprint proves whose key a plaintext is, whatever its shape. */
function keysByFingerprint({ steps }: Preview): Map<string, string> {
  const keys = new Map<string, string>();
  for (const { urn, oldState, newState } of steps.filter((step) => isKeyType(typeOf(step.urn))))
    for (const state of [oldState, newState]) {
      const { apiKey, fingerprint } = state?.outputs ?? {};
      // Today's engine prints a mark in their place.
      for (const secret of [apiKey, state?.inputs?.["adoptApiKey"]])
        if (typeof secret === "string" && secret !== secretMark) rememberSecret(secret);
      if (typeof fingerprint === "string") keys.set(fingerprint, nameOf(urn));
    }
  return keys;
}

/** The resource whose key is `text`, or a word of it; the plaintext is redacted from then on. */
function keyIn(text: string, keys: ReadonlyMap<string, string>): string | undefined {
  if (keys.size === 0) return undefined;
  const words = [text, ...(text.match(/[A-Za-z0-9]{36,}/g) ?? []).flatMap(withParts)];
  const word = words.find((each) => keys.has(fingerprintOf(each)));
  if (word === undefined) return undefined;
  rememberSecret(word);
  return keys.get(fingerprintOf(word));
}

/** The word, and every part of it as long as a key: `v` before a key makes one word of both. Far longer ones are files. */
function withParts(word: string): string[] {
  if (word.length > 1_000) return [word];
  const starts = Array.from({ length: word.length - apiKeyLength + 1 }, (_, at) => at);
  return [word, ...starts.map((at) => word.slice(at, at + apiKeyLength))];
}

/** No key is shorter, in characters. */
const shortestKey = 20;

/** Every text in a value, names of fields that may be keys among it, and the names that lead to it. */
function textsIn(value: unknown, path: readonly string[] = []): [string[], string][] {
  if (typeof value === "string") return [[[...path], value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const inside = [...path, name];
    return [...(name.length < shortestKey ? [] : textsIn(name, inside)), ...textsIn(inner, inside)];
  });
}

/** To be called once all secrets are known: a name may hold one. */
function placeOf([part, at = "", , field, ...path]: readonly string[], { steps }: Preview): string {
  if (part === "messages") return "a message of the preview";
  if (part === "config") return `the setting ${code(at)}`;
  const urn = steps[Number(at)]?.urn ?? "";
  const place = path.length > 0 ? code(path.join(".")) : `the ${field ?? "name"}`;
  return typeOf(urn) === stackType ? `the output ${place}` : `${place} of ${code(nameOf(urn))}`;
}
