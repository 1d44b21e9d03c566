import { type RawSettings, resolveSettings, settingsProblems } from "../../../provider/settings";
import { VultrError } from "../../../provider/vultr/errors";
import { inWordsOf } from "../../../provider/words";

const unset: RawSettings = {
  isExplicitProvider: false,
  apiKey: undefined,
  apiUrl: undefined,
  requestsPerSecond: undefined,
};
const resolve = (settings: Partial<RawSettings>) =>
  resolveSettings({ ...unset, apiKey: "key-of-the-tests", ...settings });

const problemsOf = (settings: Partial<RawSettings>) =>
  settingsProblems({ ...unset, ...settings }).map((problem) => inWordsOf("classes", problem));

const like = "; write it like https://api.vultr.com/v2";
const noAddress = `vultr:apiUrl (or VULTR_API_URL) is no address${like}`;
const holdsUser = `vultr:apiUrl (or VULTR_API_URL) must not hold a user or password${like}`;
const noPathAtEnd = `vultr:apiUrl (or VULTR_API_URL) must end with its path${like}`;
const notHttps =
  "vultr:apiUrl (or VULTR_API_URL) must start with https://, because the management key travels " +
  `there; plain http is for loopback addresses only${like}`;
const oddKey =
  "vultr:apiKey (or VULTR_API_KEY) is not text, or holds a space, a line break or a character no key has; paste the key alone";
const oddRate =
  "vultr:requestsPerSecond must be a whole number from 1 to 1000; the default is 30, Vultr's own limit";

describe("what is fine: a preview needs nothing", () => {
  it.each<Partial<RawSettings>>([
    {},
    { apiUrl: "https://vultr.internal.example:8443/gateway/v2/" },
    { apiUrl: "http://localhost:8080/v2" },
    { apiUrl: "http://LOCALHOST/v2" },
    { apiUrl: "http://127.1.22.253/v2" },
    { apiUrl: "http://[::1]:8080/v2" },
    { apiKey: "any-visible_ascii!~" },
    { isExplicitProvider: true, apiKey: "key-of-the-tests" },
    { requestsPerSecond: "1" },
    { requestsPerSecond: "1000" },
  ])("%j", (settings) => {
    expect(problemsOf(settings)).toEqual([]);
    const { requestsPerSecond } = resolve(settings);
    expect(requestsPerSecond).toBe(Number(settings.requestsPerSecond ?? 30));
  });
});

describe("what is not, in the preview already, and how it is told", () => {
  it.each<[keyof RawSettings, string | undefined, problem: string]>([
    ["apiUrl", "api.vultr.com", noAddress],
    ["apiUrl", "https://user@api.vultr.com/v2", holdsUser],
    ["apiUrl", "https://:password@api.vultr.com/v2", holdsUser],
    ["apiUrl", "https://api.vultr.com/v2?debug=1", noPathAtEnd],
    ["apiUrl", "https://api.vultr.com/v2#users", noPathAtEnd],
    ["apiUrl", "https://api.vultr.com/v2#", noPathAtEnd],
    ["apiUrl", "http://api.vultr.com/v2", notHttps],
    ["apiUrl", "http://localhost.example.com/v2", notHttps],
    ["apiUrl", "http://127.0.0.1.example.com/v2", notHttps],
    ["apiUrl", "http://128.0.0.1/v2", notHttps],
    ["apiUrl", "http://[::2]/v2", notHttps],
    ["apiUrl", "ftp://127.0.0.1/v2", notHttps],
    ["apiUrl", "localhost:8080/v2", notHttps], // an address with the scheme "localhost:"
    // A problem with the key does not quote it.
    ...["Bearer EXAMPLE0", "EXAMPLE\nEXAMPLE", "EXAMPLE\u007f", "“EXAMPLE”", "EXAMPLE\u200b"].map(
      (key): ["apiKey", string, string] => ["apiKey", key, oddKey],
    ),
    ...["0", "-1", "1001", "2.5", "many", "NaN", "Infinity"].map(
      (rate): ["requestsPerSecond", string, string] => ["requestsPerSecond", rate, oddRate],
    ),
  ])("%s %j", (name, value, problem) => {
    expect(problemsOf({ [name]: value })).toEqual([problem]);
  });

  it("an explicit provider without a credential of its own", () => {
    const [problem] = problemsOf({ isExplicitProvider: true });
    expect(problem).toContain(
      "has an empty apiKey: give it a management key; VULTR_API_KEY is not",
    );
  });

  it("all at once, before anything is sent", () => {
    const odd = { apiKey: "a b", apiUrl: "http://example.com", requestsPerSecond: "0" };
    const told = [notHttps, oddKey, oddRate];
    expect(problemsOf(odd)).toEqual(told);
    expect(() => resolve(odd)).toThrow(VultrError);
    expect(() => resolve(odd)).toThrow(settingsProblems({ ...unset, ...odd }).join("; "));
  });
});

it.each([
  ["https://api.vultr.com/v2/", "https://api.vultr.com/v2"],
  ["https://api.vultr.com/v2//", "https://api.vultr.com/v2"],
  ["http://[::1]:8080", "http://[::1]:8080"],
])("the address %s is used as %s", (apiUrl, used) => {
  expect(resolve({ apiUrl }).apiUrl).toBe(used);
});
