import fc from "fast-check";

import { fingerprintOf } from "../../../provider/keys/state";
import { commentOn, keyStep, type KeyStep, type Properties, preview, runCommand } from "./previews";

const letters = (from: string, length: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from(from)), minLength: length, maxLength: length });

/** Shaped like a key of Vultr. Each test takes another, because a process remembers the secrets it has seen. */
const keyShaped = letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 36);

/** A secret of a shape that gives it away to nobody. */
const shapeless = letters("abcdefghijklmnopqrstuvwxyz", 25).map((text) => `Zq${text}`);

const replaced = (step: Partial<KeyStep>) => preview([keyStep({ op: "replace", ...step })]);
const trigger = (from: unknown, to: unknown) =>
  replaced({
    reasons: ["rotationTrigger"],
    oldInputs: { rotationTrigger: from },
    inputs: { rotationTrigger: to },
  });
const saying = (message: string, severity = "error") =>
  preview([], { diagnostics: [{ severity, message }] });

/** Every place in a preview where a program can put text. */
const places: Record<string, (text: string) => Properties> = {
  name: (text) => replaced({ name: text }),
  "key name": (text) => replaced({ outputs: { name: text } }),
  owner: (text) => replaced({ inputs: { userEmail: `${text}@example.com` } }),
  trigger: (text) => trigger(text, { nested: [`${"x".repeat(20)} ${text}`] }),
  "long triggers": (text) => trigger(`${"x".repeat(50)} ${text}`, "x".repeat(55)),
  adoption: (text) => preview([keyStep({ op: "create", inputs: { adoptKeyId: text } })]),
  error: (text) => saying(`error: ${"x".repeat(1_480)} ?key=${text}\n`),
  "coloured error": (text) => saying(`${text.slice(0, 9)}\u001b[31m\u001b[39m${text.slice(9)}`),
  line: (text) => saying(`key ${text}`, "info"),
  output: (text) => preview([], { outputs: { a: { [text]: `Bearer ${text}` } } }),
  setting: (text) => preview([], { digest: { config: { "vultr:apiKey": text } } }),
  "other resource": (text) => preview([otherResource({ env: { KEY: text } })]),
  "field of another": (text) => preview([otherResource({ env: { [text]: 1 } })]),
  "name of another": (text) => preview([otherResource({}, text)]),
};

function otherResource(inputs: Properties, name = "run"): Properties {
  const urn = `urn:pulumi:test::project::command:local:Command::${name}`;
  return { op: "same", urn, oldState: { urn, inputs }, newState: { urn, inputs } };
}

describe("something shaped like a key is never shown, and warned of", () => {
  it.each(Object.keys(places))("in %s", async (place) => {
    await fc.assert(
      fc.asyncProperty(keyShaped, async (secret) => {
        const comment = await commentOn(places[place]!(secret));
        expectNoPart(comment, secret);
        expect(comment).toContain("> **An API key is readable in plaintext**");
      }),
      { seed: 20261124, numRuns: 5 },
    );
  });
});

describe("a plaintext of any other shape is known by its key's fingerprint", () => {
  it.each(
    Object.keys(places).filter((place) => !/error|line|long|trigger|owner|output/.test(place)),
  )("in %s", async (place) => {
    await fc.assert(
      fc.asyncProperty(shapeless, async (secret) => {
        const digest = places[place]!(secret);
        const fingerprint = fingerprintOf(secret);
        const owner = keyStep({ op: "same", name: "victim", outputs: { fingerprint } });
        const comment = await commentOn({ ...digest, steps: [...(digest["steps"] as []), owner] });
        expectNoPart(comment, secret);
        expect(comment).toContain(" holds the key of `victim`");
      }),
      { seed: 20261124, numRuns: 5 },
    );
  });
});

/** Not even a half of it, which shortening could leave. */
function expectNoPart(comment: string, secret: string): void {
  for (let at = 0; at + 10 <= secret.length; at += 1)
    expect(comment).not.toContain(secret.slice(at, at + 10));
}

test("the plaintexts of keys are secret by their name, were an engine to show them", async () => {
  const [made, adopted] = ["not-shaped-like-a-key-1", "not-shaped-like-a-key-2"];
  const steps = [
    keyStep({ op: "replace", outputs: { apiKey: made }, inputs: { name: `x-${made}` } }),
    keyStep({ op: "create", name: "b", inputs: { adoptApiKey: adopted, adoptKeyId: adopted } }),
    keyStep({ op: "update", name: "c", oldInputs: {}, inputs: { adoptApiKey: "a-third-one" } }),
  ];
  const comment = await commentOn(preview(steps));
  expect(comment).not.toMatch(/not-shaped|third/);
  expect(comment).toContain("`apiKey` of `deployer` holds something shaped like an API key");
  expect(comment).toContain("`adoptApiKey`: not set → `[redacted]`");
});

test("the warning names each place once, and no more than ten", async () => {
  const secret = "QWERTYUIOPASDFGHJKLZXCVBNM0123456789";
  const fingerprint = fingerprintOf(secret);
  const leak = keyStep({ op: "same", name: "owner", outputs: { fingerprint } });
  const steps = [leak, otherResource({ list: [secret, "b"] })];
  const twice = await commentOn(preview(steps, { outputs: { token: `key ${secret}` } }));
  expect(twice.match(/^> - .*$/gm)).toEqual([
    "> - `list.0` of `run` holds the key of `owner`",
    "> - the output `token` holds the key of `owner`",
  ]);
  const outputs = Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [`o${at + 10}`, secret]),
  );
  const many = await commentOn(preview([], { outputs }));
  expect(many.match(/^> - .*$/gm)).toHaveLength(11);
  expect(many).toContain("> - … and 2 more");
});

test("a plaintext is found inside a word too, whatever its shape", async () => {
  const secret = "qwertyuiopASDFGHJKLzxcvbnm0123456789";
  const outputs = { fingerprint: fingerprintOf(secret) };
  const leak = { op: "update", oldInputs: {}, inputs: { rotationTrigger: `v${secret}0` }, outputs };
  const comment = await commentOn(preview([keyStep(leak)]));
  expectNoPart(comment, secret);
  expect(comment).toContain("`rotationTrigger` of `deployer` holds the key of `deployer`");
});

test("what the engine shows of a secret output is no warning", async () => {
  const steps = [keyStep({ op: "same" })];
  const comment = await commentOn(preview(steps, { outputs: { apiKey: "[secret]", keyId: "x" } }));
  expect(comment).not.toContain("CAUTION");
});

test("a refusal does not repeat what the input holds", async () => {
  const secret = "ZZZZZZZZZZAAAAAAAAAABBBBBBBBBB012345";
  for (const input of [secret, `{"a": "${secret}"`, `{"deployment": {"${secret}": 1}}`])
    expect((await runCommand(input)).text).not.toContain(secret);
});
