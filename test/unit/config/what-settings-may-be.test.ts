import { type RawSettings, resolveSettings, settingsProblems } from "../../../provider/settings";
import { VultrError } from "../../../provider/vultr/errors";

const unset: RawSettings = {
  isExplicitProvider: false,
  apiKey: undefined,
  apiUrl: undefined,
  requestsPerSecond: undefined,
};
const problemsOf = (settings: Partial<RawSettings>) => settingsProblems({ ...unset, ...settings });

it("nothing set is no problem yet: a preview needs nothing", () => {
  expect(settingsProblems(unset)).toEqual([]);
});

describe("apiUrl", () => {
  const like = "; write it like https://api.vultr.com/v2";
  const noAddress = `vultr:apiUrl (or VULTR_API_URL) is no address${like}`;
  const holdsUser = `vultr:apiUrl (or VULTR_API_URL) must not hold a user or password${like}`;
  const noPathAtEnd = `vultr:apiUrl (or VULTR_API_URL) must end with its path${like}`;
  const notHttps =
    "vultr:apiUrl (or VULTR_API_URL) must start with https://, because the management key travels " +
    `there; plain http is for loopback addresses only${like}`;

  it.each([
    "https://api.vultr.com/v2",
    "https://vultr.internal.example:8443/gateway/v2/",
    "http://localhost:8080/v2",
    "http://LOCALHOST/v2",
    "http://127.0.0.1:8080/v2",
    "http://127.1.2.3/v2",
    "http://[::1]:8080/v2",
  ])("%s: fine", (apiUrl) => {
    expect(problemsOf({ apiUrl })).toEqual([]);
  });

  it.each([
    ["api.vultr.com", noAddress],
    ["https://", noAddress],
    ["https://user@api.vultr.com/v2", holdsUser],
    ["https://user:password@api.vultr.com/v2", holdsUser],
    ["https://:password@api.vultr.com/v2", holdsUser],
    ["https://api.vultr.com/v2?debug=1", noPathAtEnd],
    ["https://api.vultr.com/v2#users", noPathAtEnd],
    ["https://api.vultr.com/v2?", noPathAtEnd],
    ["https://api.vultr.com/v2#", noPathAtEnd],
    ["http://api.vultr.com/v2", notHttps],
    ["http://localhost.example.com/v2", notHttps],
    ["http://127.0.0.1.example.com/v2", notHttps],
    ["http://128.0.0.1/v2", notHttps],
    ["http://10.0.0.1/v2", notHttps],
    ["http://0.0.0.0/v2", notHttps],
    ["http://[::2]/v2", notHttps],
    ["ftp://127.0.0.1/v2", notHttps],
    ["localhost:8080/v2", notHttps], // an address with the scheme "localhost:"
  ])("%s: %s", (apiUrl, problem) => {
    expect(problemsOf({ apiUrl })).toEqual([problem]);
  });

  it.each([
    ["https://api.vultr.com/v2/", "https://api.vultr.com/v2"],
    ["https://api.vultr.com/v2//", "https://api.vultr.com/v2"],
    ["http://[::1]:8080", "http://[::1]:8080"],
  ])("%s is used as %s", (apiUrl, used) => {
    const apiKey = "key-of-the-tests";
    expect(resolveSettings({ ...unset, apiKey, apiUrl }).apiUrl).toBe(used);
  });
});

describe("apiKey", () => {
  const problem =
    "vultr:apiKey (or VULTR_API_KEY) holds a space, a line break or a character no key has; paste the key alone";

  it.each(["EXAMPLE000000000000000000000000AB123", "any-visible_ascii!~"])("%s: fine", (apiKey) => {
    expect(problemsOf({ apiKey })).toEqual([]);
  });

  it.each(["Bearer EXAMPLE0", "EXAMPLE\nEXAMPLE", "EXAMPLE\u007f", "“EXAMPLE”", "EXAMPLE\u200b"])(
    "%j: a problem that does not quote it",
    (apiKey) => {
      expect(problemsOf({ apiKey })).toEqual([problem]);
    },
  );
});

describe("an explicit provider needs a credential of its own, in the preview already", () => {
  it.each([
    { isExplicitProvider: true, apiKey: undefined, problems: 1 },
    { isExplicitProvider: true, apiKey: "key-of-the-tests", problems: 0 },
    { isExplicitProvider: false, apiKey: undefined, problems: 0 },
  ])("$isExplicitProvider, $apiKey: $problems", ({ problems, ...settings }) => {
    const told = problemsOf(settings);
    expect(told).toHaveLength(problems);
    for (const problem of told) expect(problem).toMatch(/empty apiKey.*VULTR_API_KEY is not used/);
  });
});

describe("requestsPerSecond", () => {
  const problem =
    "vultr:requestsPerSecond must be a whole number from 1 to 1000; the default is 30, Vultr's own limit";

  it.each(["1", "30", "1000"])("%s: fine", (requestsPerSecond) => {
    expect(problemsOf({ requestsPerSecond })).toEqual([]);
    const settings = resolveSettings({ ...unset, apiKey: "key-of-the-tests", requestsPerSecond });
    expect(settings.requestsPerSecond).toBe(Number(requestsPerSecond));
  });

  it.each(["0", "-1", "1001", "2.5", "many", "NaN", "Infinity"])("%s: %s", (requestsPerSecond) => {
    expect(problemsOf({ requestsPerSecond })).toEqual([problem]);
  });
});

it("all problems are told at once, before anything is sent", () => {
  const settings: RawSettings = {
    isExplicitProvider: false,
    apiKey: "a b",
    apiUrl: "http://example.com",
    requestsPerSecond: "0",
  };
  const problems = settingsProblems(settings);
  expect(problems).toHaveLength(3);
  const resolve = () => resolveSettings(settings);
  expect(resolve).toThrow(VultrError);
  expect(resolve).toThrow(problems.join("; "));
});
