import { sharedScene } from "../support/scene";

const ofKey = (args: object) => `new VultrUserApiKey("wrong", ${JSON.stringify(args)});`;
const userId = "5c1d0000-0000-4000-8000-000000000001";
const emptyProvider = (apiKey: string) =>
  `key("wrong", {}, { provider: new VultrProvider("emea", { apiKey: ${apiKey} }) });`;

/** What is wrong, what the preview says of it, and the program. Unit tests know more mistakes in args. */
const mistakes: [what: string, says: string, statements: string][] = [
  ["no owner", "'wrong' has a problem: userId or userEmail is missing", ofKey({})],
  ["an e-mail address as id", "userEmail instead", ofKey({ userId: "a@example.com" })],
  [
    "a long name",
    "name: must be at most 128 characters",
    ofKey({ userId, name: "n".repeat(10_000) }),
  ],
  [
    "an unknown arg",
    '"rotationTriger" is not one of its args (userId, userEmail, name',
    ofKey({ userId, rotationTriger: "1" }),
  ],
  [
    "deleteBeforeReplace",
    "deleteBeforeReplace would revoke the old key before its successor works",
    `key("wrong", {}, { deleteBeforeReplace: true });`,
  ],
  ["a provider without a credential", "apiKey is missing. Write", emptyProvider("undefined")],
  ["a provider whose credential is no text", "is not text", emptyProvider("{ value: 1 }")],
  ["a provider with an empty credential", "has an empty apiKey", emptyProvider('""')],
  [
    "a Date that an output brings",
    "rotationTrigger holds a Date, which is no value of JSON",
    `key("late", { rotationTrigger: pulumi.output(1).apply(() => new Date()) });`,
  ],
  [
    "generation 0",
    'API key ring "ring": generation must be a whole number, 1 or more',
    `new VultrUserApiKeyRing("ring", { userId, generation: 0 });`,
  ],
];

describe("a mistake fails the preview, names the property and sends nothing", () => {
  const scene = sharedScene();

  const expectRefused = async (says: string, statements: string) => {
    const { output } = await scene.failPreview(statements);
    expect(output).toContain(says);
    if (statements.includes(`Key("wrong"`)) expect(output).toContain("'wrong' has a problem: ");
    expect(output).not.toContain("    at ");
    expect(output).not.toContain("nnnnnnnnnn");
    expect(scene.vultr.requests).toEqual([]);
  };

  test.each(mistakes)("%s", (_, says, statements) => expectRefused(says, statements));

  test("a plain http address that is not loopback", async () => {
    delete scene.env["VULTR_API_URL"];
    await scene.setConfig("vultr:apiUrl", "http://api.example.com/v2");
    await expectRefused(
      "vultr:apiUrl (or VULTR_API_URL) must start with https://",
      ofKey({ userId }),
    );
  });
});
