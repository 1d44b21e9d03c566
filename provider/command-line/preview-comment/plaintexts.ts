/**
 * Finds keys that the preview's JSON holds in plaintext: a program has exported, printed or passed one
 * on without keeping it secret. Whatever is found is redacted from then on.
 */
import { stripVTControlCharacters } from "node:util";

import { fingerprintOf } from "../../keys/state";
import { redact, rememberSecret } from "../../vultr/redact";
import { isKeyType, nameOf, stackType, typeOf } from "../urn";
import { type Digest, type Step } from "./digest";
import { alert, atMost, code } from "./markdown";
import { secretMark } from "./values";

interface Text {
  /** Where it is, as Markdown. Asked for when all secrets are known: the place may hold one. */
  place: () => string;
  text: string;
}

const mostPlaces = 10;

/** A warning that names every place; undefined where there is none. To be called before anything is shown. */
export function plaintextWarning(digest: Digest): string | undefined {
  for (const plaintext of knownPlaintexts(digest)) rememberSecret(plaintext);
  const keys = keysByFingerprint(digest);
  const texts = Array.from(textsOf(digest), (each) => ({ ...each, key: keyIn(each.text, keys) }));
  const findings = texts.flatMap(({ place, text, key }) => {
    if (key !== undefined) return [`- ${place()} holds the key of ${code(key)}`];
    return redact(text) === text ? [] : [`- ${place()} holds something shaped like an API key`];
  });
  if (findings.length === 0) return undefined;
  return alert("CAUTION", [
    "**An API key is readable in plaintext** in the state of this stack, or in its preview:",
    "",
    ...atMost([...new Set(findings)].sort(), mostPlaces, " places"),
    "",
    "Keep it secret in the program (no `pulumi.unsecret`, no printing), and rotate the key: whoever reads the state or a log has it.",
  ]);
}

/** Plaintexts by the name of their property. The engine of today blinds them in every preview. */
function knownPlaintexts({ steps }: Digest): string[] {
  return statesOf(steps ?? []).flatMap(({ step, state }) => {
    if (!isKeyType(typeOf(step.urn))) return [];
    const plaintexts = [state.outputs?.["apiKey"], state.inputs?.["adoptApiKey"]];
    return plaintexts.filter((text) => typeof text === "string" && text !== secretMark) as string[];
  });
}

function statesOf(steps: readonly Step[]) {
  return steps.flatMap((step) =>
    [step.oldState, step.newState].flatMap((state) => (state ? [{ step, state }] : [])),
  );
}

/** Names of resources. A fingerprint proves whose key a plaintext is, whatever its shape. */
function keysByFingerprint({ steps }: Digest): Map<string, string> {
  const keys = new Map<string, string>();
  for (const { step, state } of statesOf(steps ?? [])) {
    const fingerprint = state.outputs?.["fingerprint"];
    if (!isKeyType(typeOf(step.urn)) || typeof fingerprint !== "string") continue;
    keys.set(fingerprint, nameOf(step.urn));
  }
  return keys;
}

/** The resource whose key is `text`, or a word of it; the plaintext is redacted from then on. */
function keyIn(text: string, keys: ReadonlyMap<string, string>): string | undefined {
  const words = new Set([text, ...(text.match(/[A-Za-z0-9]{36,}/g) ?? [])]);
  for (const word of words) {
    const key = keys.get(fingerprintOf(word));
    if (key === undefined) continue;
    rememberSecret(word);
    return key;
  }
  return undefined;
}

function* textsOf({ config, steps, diagnostics }: Digest): Generator<Text> {
  for (const [name, value] of Object.entries(config ?? {}))
    yield* leaves(value, [], () => `the setting ${code(name)}`);
  for (const { step, state } of statesOf(steps ?? [])) {
    const isStack = typeOf(step.urn) === stackType;
    const place = (path: string) =>
      isStack ? `the output ${code(path)}` : `${code(path)} of ${code(nameOf(step.urn))}`;
    for (const properties of [state.inputs, state.outputs])
      yield* leaves(properties, [], (path) => place(path.join(".")));
  }
  for (const { message } of diagnostics ?? [])
    yield { place: () => "a message of the preview", text: stripVTControlCharacters(message) };
}

/** Every text in a value, with the names that lead to it. */
function* leaves(
  value: unknown,
  path: readonly string[],
  placeOf: (path: readonly string[]) => string,
): Generator<Text> {
  if (typeof value === "string") yield { place: () => placeOf(path), text: value };
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) yield* leaves(inner, [...path, name], placeOf);
}
