import { collectSettings, resolveSettings, settingsProblems } from "../../../provider/settings";
import { redact } from "../../../provider/vultr/redact";
import { inWordsOf, word } from "../../../provider/words";

type Values = Record<string, string>;

const collect = (stack: Values, environment: Values) =>
  collectSettings((name) => stack[`vultr:${name}`], environment);

describe.each([
  { field: "apiKey", key: "vultr:apiKey", variable: "VULTR_API_KEY" },
  { field: "apiUrl", key: "vultr:apiUrl", variable: "VULTR_API_URL" },
] as const)("$field: the stack's configuration before the environment; blank is unset", (names) => {
  it.each<[stack: string, environment: string, expected: string | undefined]>([
    ["  from-the-stack\n", "from-the-environment", "from-the-stack"],
    ["from-the-stack", "", "from-the-stack"],
    ["", " from-the-environment\r\n", "from-the-environment"],
    [" \n", "from-the-environment", "from-the-environment"],
    [" ", "\t", undefined],
  ])("%j and %j: %j", (stack, environment, expected) => {
    const settings = collect({ [names.key]: stack }, { [names.variable]: environment });
    expect(settings[names.field]).toBe(expected);
  });
});

it.each([
  [" 12 ", "12"],
  [" ", undefined],
])("requestsPerSecond comes from the stack alone: %j is %j", (stack, expected) => {
  const environment = { VULTR_REQUESTS_PER_SECOND: "7" };
  const settings = collect({ "vultr:requestsPerSecond": stack }, environment);
  expect(settings.requestsPerSecond).toBe(expected);
});

describe("an explicit provider never uses the environment's credential", () => {
  const environment = { VULTR_API_KEY: "from-the-environment", VULTR_API_URL: "https://env/v2" };

  it.each<[Values, string | undefined]>([
    [{ "vultr:apiKey": "its-own-credential" }, "its-own-credential"],
    [{ "vultr:apiKey": "" }, undefined],
    [{ "vultr:apiKey": " \n" }, undefined],
    [{}, undefined],
  ])("%j: %s", (given, apiKey) => {
    const settings = collect({ "vultr:isExplicitProvider": "true", ...given }, environment);
    expect(settings).toMatchObject({ isExplicitProvider: true, apiKey, apiUrl: "https://env/v2" });
  });

  it.each([[12_345], [true], [["text"]], [{ value: "text" }]])(
    "an input that is no text, such as %j, is refused",
    (input) => {
      const inputs = (name: string) => (name === "isExplicitProvider" ? "true" : input);
      const problems = settingsProblems(collectSettings(inputs as never, environment));
      expect(problems[0]).toContain("is no address");
      expect(problems[1]).toContain("is not text");
    },
  );

  it("an input that is undefined arrives as null, and is none", () => {
    const inputs = (name: string) => (name === "isExplicitProvider" ? "true" : null);
    const unset = { apiKey: undefined, apiUrl: undefined, requestsPerSecond: undefined };
    const settings = collectSettings(inputs as never, {});
    expect(settings).toEqual({ isExplicitProvider: true, ...unset });
  });

  it.each(["false", ""])("the marker %j marks the default provider", (marker) => {
    const settings = collect({ "vultr:isExplicitProvider": marker }, environment);
    expect(settings).toMatchObject({ isExplicitProvider: false, apiKey: "from-the-environment" });
  });
});

it("what is not set has the documented default", () => {
  expect(resolveSettings(collect({}, { VULTR_API_KEY: "key-of-the-tests" }))).toEqual({
    apiKey: "key-of-the-tests",
    apiUrl: "https://api.vultr.com/v2",
    requestsPerSecond: 30,
  });
});

it("without a key, the error says how to set one, and which place wins", () => {
  const hint = expect.stringContaining(word.setKey) as string;
  const error = { name: "VultrError", message: "no Vultr management key is set", hint };
  expect(() => resolveSettings(collect({}, {}))).toThrow(expect.objectContaining(error) as Error);
  expect(inWordsOf("classes", word.setKey)).toMatch(
    /pulumi config set --secret vultr:apiKey`, or, if that is not set, .* VULTR_API_KEY\.$/,
  );
});

it("a key is a secret from the moment it is read", () => {
  collect({}, { VULTR_API_KEY: "read-but-never-used" });
  expect(redact("it is read-but-never-used!")).toBe("it is [redacted]!");
});
