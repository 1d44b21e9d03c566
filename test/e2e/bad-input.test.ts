import { sharedScene } from "../support/scene";

const scene = sharedScene();

/** A mistake that each place finds: unit tests know more of its kind. */
test.each<[what: string, says: string, statements: string]>([
  [
    "an unknown arg",
    `'wrong' has a problem: "rotationTriger" is not one of its args (userId, userEmail, name`,
    `key("wrong", { rotationTriger: "1" });`,
  ],
  [
    "a provider with an empty credential",
    "'wrong' has a problem: the provider of this key has an empty apiKey",
    `key("wrong", {}, { provider: new VultrProvider("emea", { apiKey: "" }) });`,
  ],
  [
    "a provider without a credential",
    "apiKey is missing. Write",
    `key("wrong", {}, { provider: new VultrProvider("emea", { apiKey: undefined }) });`,
  ],
  [
    "the option import",
    'API key "wrong": a dynamic resource cannot be imported. Remove the option import',
    `key("wrong", {}, { import: userId + "/1" });`,
  ],
  [
    "a Date that an output brings",
    "rotationTrigger holds a Date, which is no value of JSON",
    `key("late", { rotationTrigger: pulumi.output(1).apply(() => new Date()) });`,
  ],
  [
    "a plain http address that is not loopback",
    "the apiUrl of this key's provider (or VULTR_API_URL) must start with https://",
    `key("wrong", {}, { provider: new VultrProvider("emea", { apiKey: "key", apiUrl: "http://api.example.com/v2" }) });`,
  ],
])("%s fails the preview, which names it and sends nothing", async (_, says, statements) => {
  const { output } = await scene.failPreview(statements);
  expect(output).toContain(says);
  expect(output).not.toContain("    at ");
  expect(scene.vultr.requests).toEqual([]);
});
