import { collectSettings, resolveSettings, settingsProblems } from "../../../provider/settings";
import { VultrError } from "../../../provider/vultr/errors";
import { redact } from "../../../provider/vultr/redact";
import { inWordsOf, word } from "../../../provider/words";

type Values = Record<string, string>;

const collect = (stack: Values, environment: Values) =>
  collectSettings((name) => stack[`vultr:${name}`], environment);

describe.each([
  { field: "apiKey", key: "vultr:apiKey", variable: "VULTR_API_KEY" },
  { field: "apiUrl", key: "vultr:apiUrl", variable: "VULTR_API_URL" },
] as const)("$field: the stack's configuration before the environment; blank is unset", (names) => {
  const { field, key, variable } = names;

  it.each<[string | undefined, string | undefined, string | undefined]>([
    ["from-the-stack", "from-the-environment", "from-the-stack"],
    [undefined, "from-the-environment", "from-the-environment"],
    ["", "from-the-environment", "from-the-environment"],
    [" \n", "from-the-environment", "from-the-environment"],
    ["from-the-stack", "", "from-the-stack"],
    ["  from-the-stack\n", undefined, "from-the-stack"],
    [undefined, " from-the-environment\r\n", "from-the-environment"],
    [undefined, undefined, undefined],
    [" ", "\t", undefined],
  ])("%j and %j: %j", (stack, environment, expected) => {
    const given = (name: string, value: string | undefined) =>
      value === undefined ? {} : { [name]: value };
    expect(collect(given(key, stack), given(variable, environment))[field]).toBe(expected);
  });
});

describe("requestsPerSecond comes from the stack alone", () => {
  it.each<[Values, string | undefined]>([
    [{ "vultr:requestsPerSecond": " 12 " }, "12"],
    [{ "vultr:requestsPerSecond": " " }, undefined],
    [{}, undefined],
  ])("%j: %j", (stack, expected) => {
    const environment = { VULTR_REQUESTS_PER_SECOND: "7" };
    expect(collect(stack, environment).requestsPerSecond).toBe(expected);
  });
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
    const [apiKey, apiUrl, requestsPerSecond] = [undefined, undefined, undefined];
    const settings = collectSettings(inputs as (name: string) => string | undefined, {});
    expect(settings).toEqual({ isExplicitProvider: true, apiKey, apiUrl, requestsPerSecond });
  });

  it.each([undefined, "false", ""])("the marker %j marks the default provider", (marker) => {
    const stack = marker === undefined ? {} : { "vultr:isExplicitProvider": marker };
    expect(collect(stack, environment)).toMatchObject({
      isExplicitProvider: false,
      apiKey: "from-the-environment",
    });
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
  const error = { message: "no Vultr management key is set", hint };
  expect(() => resolveSettings(collect({}, {}))).toThrow(expect.objectContaining(error) as Error);
  expect(() => resolveSettings(collect({}, {}))).toThrow(VultrError);
  expect(inWordsOf("classes", word.setKey)).toMatch(
    /pulumi config set --secret vultr:apiKey`, or, if that is not set, .* VULTR_API_KEY\.$/,
  );
});

it("a key is a secret from the moment it is read", () => {
  collect({}, { VULTR_API_KEY: "read-but-never-used" });
  expect(redact("it is read-but-never-used!")).toBe("it is [redacted]!");
});
