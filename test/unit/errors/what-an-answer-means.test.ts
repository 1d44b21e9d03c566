import * as errors from "../../../provider/vultr/errors";
import {
  errorFromAnswer,
  parseRetryAfterMs,
  type RawAnswer,
  statusDeniedBy,
} from "../../../provider/vultr/failures";
import { inWordsOf, word } from "../../../provider/words";

const { ApiError, AuthenticationError, BadRequestError, IpNotAllowedError } = errors;
const { NotFoundError, PermissionError, RateLimitError, ServerError } = errors;

type ErrorClass = new (...parts: never[]) => errors.ApiError;

function errorOf(answer: Partial<RawAnswer>, apiUrl?: string, nowMs = 0): errors.ApiError {
  const whole = { status: 500, retryAfter: undefined, contentType: "application/json", text: "" };
  return errorFromAnswer({ ...whole, ...answer }, "list users", nowMs, apiUrl);
}

const says = (error: unknown, more: object = {}) => JSON.stringify({ error, ...more });

const [empty, foreign] = ["with an empty body", "an answer that is not Vultr's JSON"];
const disabled = "Enable API access";
const unknownKey = word.setKey;
const permission = "manage_users";
const redirect = "Redirects are not followed";
const odd = "not an answer that the API documents";
const trouble = "has trouble";

it("a refused create gets possible reasons", () => {
  const { hint } = errorOf({ status: 400, isOfCreate: true });
  expect(hint).toMatch(/^Check the args\. Vultr does not say more\. Possible reasons are a limit/);
});

describe("every answer of vultr-api.md, section 3, becomes its class, with a hint of its own", () => {
  it.each<[number, string, ErrorClass, reason: string, hint: string]>([
    [401, says("Invalid API token."), AuthenticationError, '"Invalid API token."', unknownKey],
    [401, "", AuthenticationError, empty, unknownKey],
    [403, says("Forbidden."), PermissionError, '"Forbidden."', permission],
    [400, says("Bad request."), BadRequestError, '"Bad request."', "Check the args"],
    [404, says("Not found.", { status: 404 }), NotFoundError, '"Not found."', "the key exist"],
    [404, says("VPC", { is_external_error: false }), NotFoundError, '"VPC"', "the key exist"],
    [405, says("Method. Must be one of: GET"), ApiError, '"Method. Must be one of: GET"', odd],
    [418, says({ code: 7 }), ApiError, '"{"code":7}"', odd],
    [429, says("rate limit"), RateLimitError, '"rate limit"', word.requestsPerSecond],
    [500, says("  padded "), ServerError, '"padded"', trouble],
    [500, " \r\n", ServerError, empty, trouble],
    [500, '"error"', ServerError, foreign, trouble],
    [500, "{}", ServerError, foreign, trouble],
    [502, "", ServerError, empty, trouble],
    [503, "upstream connect error", ServerError, foreign, trouble],
    [599, "null", ServerError, foreign, trouble],
    [199, "", ApiError, empty, odd],
    [300, "", ApiError, empty, redirect],
    [399, "", ApiError, empty, redirect],
    [499, "", ApiError, empty, odd],
  ])("%i %s", (status, text, expected, reason, hint) => {
    const error = errorOf({ status, text });
    expect(error.constructor).toBe(expected);
    expect(error).toMatchObject({ status, reason });
    expect(error.message).toBe(`could not list users: Vultr answered ${status}, ${reason}`);
    expect(error.hint).toContain(hint);
    expect(inWordsOf("classes", error.hint)).toMatch(/\S.*\.$/);
  });
});

describe("a 403 counts as Vultr's only if it is Vultr's own JSON; a 401 is a refusal either way", () => {
  it.each<[number, string, string, ErrorClass, fromVultr: boolean]>([
    [403, "application/json", says("Forbidden."), PermissionError, true],
    [403, "text/html", says("Forbidden."), PermissionError, true],
    [403, "text/html", "<html><title>Blocked</title>", ServerError, false],
    [403, "text/plain", "blocked", ServerError, false],
    [403, "application/json", '{"message":"blocked"}', ServerError, false],
    [403, "application/json", "", ServerError, false],
    [401, "application/json", says("Invalid API token."), AuthenticationError, true],
    [401, "text/html", "<html>Please log in</html>", AuthenticationError, false],
    [401, "application/json", "", AuthenticationError, false],
  ])("%i %s %s", (status, contentType, text, expected, fromVultr) => {
    const error = errorOf({ status, contentType, text });
    expect(error.constructor).toBe(expected);
    expect(error).toMatchObject({ status, fromVultr });
    if (expected === ServerError) expect(error.hint).toContain("a proxy or firewall may refuse");
  });
});

describe("the address is what is refused, with 401 and with 403, however it is written", () => {
  it.each<[number, string, ErrorClass, hint: string]>([
    [401, "Unauthorized IP address: 1.2.3.4", IpNotAllowedError, "lacks 1.2.3.4 (IPv4)."],
    [403, "unauthorized IP Address: 1.2.3.4", IpNotAllowedError, "lacks 1.2.3.4 (IPv4)."],
    [401, "Unauthorized IP address:5.6.7.8", IpNotAllowedError, "lacks 5.6.7.8 (IPv4)."],
    [401, "Unauthorized IP address: 2001:db8::1", IpNotAllowedError, "lacks 2001:db8::1 (IPv6)."],
    [401, "Unauthorized IP address", IpNotAllowedError, "lacks this machine's address."],
    [400, "Unauthorized IP address: 1.2.3.4", BadRequestError, "Check the args"],
    [500, "Unauthorized IP address: 1.2.3.4", ServerError, trouble],
  ])("%i %s", (status, reason, is, hint) => {
    const error = errorOf({ status, text: says(reason) });
    expect(error.constructor).toBe(is);
    expect(error.reason).toBe(`"${reason}"`);
    expect(error.hint).toContain(hint);
  });
});

describe("a 404 says if the base address is unlike Vultr's", () => {
  it.each([
    [404, "https://api.vultr.com", true],
    [404, "https://api.vultr.com/v2/users", true],
    [404, "https://api.vultr.com/v2", false],
    [404, undefined, false],
    [400, "https://api.vultr.com", false],
  ])("%i from %s: %p", (status, apiUrl, isSaid) => {
    const { hint } = errorOf({ status, text: says("Not found.") }, apiUrl);
    expect(hint.includes(`Check ${word.apiUrl}: it does not end with /v2`)).toBe(isSaid);
    if (status === 404) expect(hint).toContain("the key exist");
  });
});

describe("API access that is off is one situation, whatever its status", () => {
  it.each([
    "API access is disabled.",
    "API not enabled",
    "API access is not enabled for this user",
    "The API key's user has it disabled",
    "Disabled for the API",
    "Please enable your account's API.",
  ])("%j", (reason) => {
    const forbidden = errorOf({ status: 403, text: says(reason) });
    expect(forbidden.hint).toContain(disabled);
    expect(forbidden).toBeInstanceOf(PermissionError);
    expect(errorOf({ status: 401, text: says(reason) }).hint).toBe(forbidden.hint);
  });

  it("and no other status tells it", () => {
    const { hint } = errorOf({ status: 400, text: says("API access is disabled.") });
    expect(hint).not.toContain(disabled);
  });
});

describe("a success whose body denies it is that status's answer", () => {
  it.each<[unknown, number | undefined]>([
    [{ error: "Forbidden.", status: 403 }, 403],
    [{ error: "Bad request.", status: 400 }, 400],
    [{ error: "Down.", status: 599 }, 599],
    [{ error: "", status: 404 }, 404],
    [{ error: "odd", status: 399 }, undefined],
    [{ error: "odd", status: 600 }, undefined],
    [{ error: "odd", status: "403" }, undefined],
    [{ error: "odd" }, undefined],
    [{ status: 403 }, undefined],
    [{ api_keys: [] }, undefined],
    [null, undefined],
    ["error", undefined],
    [undefined, undefined],
  ])("%j: %s", (body, status) => {
    expect(statusDeniedBy(body)).toBe(status);
  });
});

describe("a reason is one line of at most 200 characters", () => {
  const titled = "<html><title>504\r\n  Gateway Time-out</title>";
  it.each([
    [titled, "text/html", 'an HTML page titled "504 Gateway Time-out"'],
    ['<title lang="en">Sorry</title>', "text/html", 'an HTML page titled "Sorry"'],
    ["  <!DOCTYPE html><p>no title</p>", "text/plain", "an HTML page"],
    ["Down for maintenance", "text/HTML; charset=utf-8", "an HTML page"],
    [says("one\n\ttwo\u001b[31m\u0000three"), "application/json", '"one two [31m three"'],
    [says("a".repeat(200)), "application/json", `"${"a".repeat(200)}"`],
    [says("a".repeat(201)), "application/json", `"${"a".repeat(200)}…"`],
  ])("%j", (text, contentType, reason) => {
    expect(errorOf({ status: 504, text, contentType }).reason).toBe(reason);
  });
});

describe("a 429 carries what Retry-After asks for, in milliseconds", () => {
  it.each<[string | undefined, number | undefined]>([
    ["7", 7_000],
    [" 7 ", 7_000],
    ["0", 0],
    ["0.0001", 1], // rounded up: never shortened
    ["1.5", 1_500],
    ["86400", 86_400_000],
    ["Sun, 01 Nov 2026 12:00:09 GMT", 9_000],
    ["Sunday, 01-Nov-26 12:00:09 GMT", 9_000],
    ["Sun Nov  1 12:00:09 2026", 9_000], // without a zone it is GMT all the same
    ["Sun, 01 Nov 2026 11:59:59 GMT", 0],
    [undefined, undefined],
    ["", undefined],
    ["  ", undefined],
    ["-1", undefined],
    ["soon", undefined],
    ["in 5 seconds", undefined],
    ["-1 Nov 2026 12:00:09 GMT", undefined],
    ["Sun, 99 Nov 2026 12:00:09 GMT", undefined],
    ["7, 9", undefined],
    ["1e3", undefined],
    ["Infinity", undefined],
  ])("%j: %p", (retryAfter, retryAfterMs) => {
    const nowMs = Date.UTC(2026, 10, 1, 12, 0, 0);
    expect(parseRetryAfterMs(retryAfter, nowMs)).toBe(retryAfterMs);
    expect(errorOf({ status: 429, retryAfter }, undefined, nowMs)).toMatchObject({ retryAfterMs });
  });
});
