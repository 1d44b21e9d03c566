import { atDepth } from "../support/depth";
import { type Scene, startScene } from "../support/scene";

const ofKey = (args: object) => `new VultrUserApiKey("wrong", ${JSON.stringify(args)});`;
const userId = "5c1d0000-0000-4000-8000-000000000001";
const past = "2020-01-01T00:00:00Z";
const far = "2999-01-01T00:00:00Z";
const ring = (args: string) => `new VultrUserApiKeyRing("ring", { userId, ${args} });`;
const emptyProvider = (apiKey: string) =>
  `key("wrong", {}, { provider: new VultrProvider("emea", { apiKey: ${apiKey} }) });`;

/** What is wrong, what the preview says of it, and the program. */
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
    '"rotationTriger" is not an arg of a Vultr API key; the args are userId, userEmail, name',
    ofKey({ userId, rotationTriger: "1" }),
  ],
  [
    "deleteBeforeReplace",
    "deleteBeforeReplace would revoke the old key before its successor works",
    `key("wrong", {}, { deleteBeforeReplace: true });`,
  ],
  ["a provider without a credential", "has an empty apiKey", emptyProvider("undefined")],
  ["a provider with an empty credential", "has an empty apiKey", emptyProvider('""')],
  [
    "generation 0",
    'API key ring "ring": generation must be a whole number, 1 or more',
    ring("generation: 0"),
  ],
];

/** Unit tests too, so that the gate need not preview each. */
const more: typeof mistakes = [
  [
    "two owners",
    "userId and userEmail are both given",
    ofKey({ userId, userEmail: "a@example.com" }),
  ],
  ["an empty id", "userId: must not be empty", ofKey({ userId: "" })],
  ["an empty address", "userEmail: must not be empty", ofKey({ userEmail: " " })],
  ["an empty name", "name: must not be empty", ofKey({ userId, name: "" })],
  [
    "control characters",
    "name: must not hold line breaks or control characters",
    ofKey({ userId, name: "a\u0007b" }),
  ],
  ["a past time", "dateExpire is in the past", ofKey({ userId, dateExpire: past })],
  [
    "no time",
    "dateExpire: must be an RFC 3339 time such as",
    ofKey({ userId, dateExpire: "soon" }),
  ],
  [
    "two expiries",
    "dateExpire and expiresIn are both given",
    ofKey({ userId, dateExpire: far, expiresIn: "90d" }),
  ],
  [
    "no duration",
    'expiresIn: write a number and a unit, such as "90d"',
    ofKey({ userId, expiresIn: "soon" }),
  ],
  [
    "months",
    "expiresIn: months and years differ in length",
    ofKey({ userId, expiresIn: "3 months" }),
  ],
];

describe("a mistake fails the preview, names the property and sends nothing", () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await startScene();
  });

  afterAll(() => scene[Symbol.asyncDispose]());

  const expectRefused = async (says: string, statements: string) => {
    const { output } = await scene.failPreview(statements);
    expect(output).toContain(says);
    if (statements.includes(`Key("wrong"`)) expect(output).toContain("'wrong' has a problem: ");
    expect(output).not.toContain("    at ");
    expect(output).not.toContain("nnnnnnnnnn");
    expect(scene.vultr.requests).toEqual([]);
  };

  test.each(atDepth({ gate: mistakes, soak: [...mistakes, ...more] }))(
    "%s",
    (_, says, statements) => expectRefused(says, statements),
  );

  test("a plain http address that is not loopback", async () => {
    delete scene.env["VULTR_API_URL"];
    await scene.setConfig("vultr:apiUrl", "http://api.example.com/v2");
    await expectRefused(
      "vultr:apiUrl (or VULTR_API_URL) must start with https://",
      ofKey({ userId }),
    );
  });
});
