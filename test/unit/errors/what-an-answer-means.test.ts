import * as errors from "../../../provider/vultr/errors";
import { errorFromAnswer, type RawAnswer, statusDeniedBy } from "../../../provider/vultr/failures";

const action = "list users";

function errorOf(answer: Partial<RawAnswer>): errors.ApiError {
  const whole = { status: 500, retryAfter: undefined, contentType: "application/json", text: "" };
  return errorFromAnswer({ ...whole, ...answer }, action, 0);
}

const says = (error: unknown, more: object = {}) => JSON.stringify({ error, ...more });

type ErrorClass = new (...parts: never[]) => errors.ApiError;

describe("every answer of vultr-api.md, section 3, becomes its class", () => {
  it.each<[number, string, ErrorClass, string]>([
    [401, says("Invalid API token."), errors.AuthenticationError, '"Invalid API token."'],
    [401, says("Anything else"), errors.AuthenticationError, '"Anything else"'],
    [401, "", errors.AuthenticationError, "with an empty body"],
    [
      401,
      says("Unauthorized IP address: 1.2.3.4"),
      errors.IpNotAllowedError,
      '"Unauthorized IP address: 1.2.3.4"',
    ],
    [
      401,
      says("Unauthorized IP address: 2001:db8::1"),
      errors.IpNotAllowedError,
      '"Unauthorized IP address: 2001:db8::1"',
    ],
    [403, says("Forbidden."), errors.PermissionError, '"Forbidden."'],
    [400, says("Bad request."), errors.BadRequestError, '"Bad request."'],
    [400, says("invalid instance ID"), errors.BadRequestError, '"invalid instance ID"'],
    [404, says("Not found.", { status: 404 }), errors.NotFoundError, '"Not found."'],
    [
      404,
      says("VPC not found.", { is_external_error: false }),
      errors.NotFoundError,
      '"VPC not found."',
    ],
    [
      405,
      says("Method not allowed. Must be one of: GET"),
      errors.ApiError,
      '"Method not allowed. Must be one of: GET"',
    ],
    [429, says("rate limit exceeded"), errors.RateLimitError, '"rate limit exceeded"'],
    [500, says("Internal server error."), errors.ServerError, '"Internal server error."'],
    [502, "", errors.ServerError, "with an empty body"],
    [503, "upstream connect error", errors.ServerError, "an answer that is not Vultr's JSON"],
    [599, "null", errors.ServerError, "an answer that is not Vultr's JSON"],
    [301, "", errors.ApiError, "with an empty body"],
    [418, says({ code: 7 }), errors.ApiError, '"{"code":7}"'],
    [500, " \r\n", errors.ServerError, "with an empty body"],
    [500, '"error"', errors.ServerError, "an answer that is not Vultr's JSON"],
    [500, "{}", errors.ServerError, "an answer that is not Vultr's JSON"],
    [500, says("  padded "), errors.ServerError, '"padded"'],
  ])("%i %s", (status, text, expected, reason) => {
    const error = errorOf({ status, text });
    expect(error.constructor).toBe(expected);
    expect(error).toMatchObject({ status, reason });
    expect(error.message).toBe(`could not list users: Vultr answered ${status}, ${reason}`);
    expect(error.hint).toMatch(/\S.*\.$/);
  });
});

describe("a 403 counts as Vultr's only where it is Vultr's own JSON", () => {
  it.each<[string, string, ErrorClass, boolean]>([
    ["application/json", says("Forbidden."), errors.PermissionError, true],
    ["text/html", says("Forbidden."), errors.PermissionError, true],
    ["text/html", "<html><title>Blocked</title>", errors.ServerError, false],
    ["text/plain", "blocked", errors.ServerError, false],
    ["application/json", '{"message":"blocked"}', errors.ServerError, false],
    ["application/json", "", errors.ServerError, false],
  ])("%s %s", (contentType, text, expected, fromVultr) => {
    const error = errorOf({ status: 403, contentType, text });
    expect(error.constructor).toBe(expected);
    expect(error).toMatchObject({ status: 403, fromVultr });
  });
});

describe("a 401 is a refusal either way, and says whether it is Vultr's", () => {
  it.each([
    { text: says("Invalid API token."), fromVultr: true },
    { text: "<html>Please log in</html>", fromVultr: false },
    { text: "", fromVultr: false },
  ])("$text: $fromVultr", ({ text, fromVultr }) => {
    const error = errorOf({ status: 401, text });
    expect(error).toBeInstanceOf(errors.AuthenticationError);
    expect(error.fromVultr).toBe(fromVultr);
  });
});

describe("the address is what is refused, with 401 and with 403, however it is written", () => {
  it.each([
    { status: 401, is: errors.IpNotAllowedError },
    { status: 403, is: errors.IpNotAllowedError },
    { status: 400, is: errors.BadRequestError },
    { status: 500, is: errors.ServerError },
  ])("$status", ({ status, is }) => {
    const error = errorOf({ status, text: says("unauthorized IP Address: 1.2.3.4") });
    expect(error).toBeInstanceOf(is);
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

describe("a page instead of JSON is told in one line", () => {
  it.each([
    [
      "<html><title>504\r\n  Gateway Time-out</title>",
      "text/html",
      'an HTML page titled "504 Gateway Time-out"',
    ],
    ['<title lang="en">Sorry</title>', "text/html", 'an HTML page titled "Sorry"'],
    ["  <!DOCTYPE html><p>no title</p>", "text/plain", "an HTML page"],
    ["Down for maintenance", "text/HTML; charset=utf-8", "an HTML page"],
  ])("%j", (text, contentType, reason) => {
    expect(errorOf({ status: 504, text, contentType }).reason).toBe(reason);
  });
});

it("control characters and line breaks of a reason become blanks", () => {
  expect(errorOf({ text: says("one\n\ttwo\u001b[31m\u0000three") }).reason).toBe(
    '"one two [31m three"',
  );
});

it.each([
  { length: 200, shown: `"${"a".repeat(200)}"` },
  { length: 201, shown: `"${"a".repeat(200)}…"` },
])("a reason of $length characters shows 200 of them", ({ length, shown }) => {
  expect(errorOf({ text: says("a".repeat(length)) }).reason).toBe(shown);
});

it("a 429 carries what Retry-After asks for", () => {
  const error = errorOf({ status: 429, retryAfter: "7" });
  expect(error).toMatchObject({ retryAfterMs: 7_000 });
  expect(errorOf({ status: 429 })).toMatchObject({ retryAfterMs: undefined });
});

describe("each reason to be turned away has a hint of its own", () => {
  const rows = [
    { why: "unknown key", status: 401, text: says("Invalid API token."), hint: "VULTR_API_KEY" },
    {
      why: "address",
      status: 401,
      text: says("Unauthorized IP address: 1.2.3.4"),
      hint: "lacks 1.2.3.4",
    },
    {
      why: "IPv6 address",
      status: 401,
      text: says("Unauthorized IP address: 2001:db8::1"),
      hint: "lacks 2001:db8::1",
    },
    {
      why: "an address without a blank before it",
      status: 401,
      text: says("Unauthorized IP address:5.6.7.8"),
      hint: "lacks 5.6.7.8",
    },
    {
      why: "unnamed address",
      status: 401,
      text: says("Unauthorized IP address"),
      hint: "this machine's address",
    },
    {
      why: "API disabled",
      status: 401,
      text: says("API access is disabled."),
      hint: "Enable API access",
    },
    { why: "permission", status: 403, text: says("Forbidden."), hint: "manage_users" },
    { why: "redirect", status: 307, text: "", hint: "Redirects are not followed" },
    { why: "an odd answer", status: 418, text: "", hint: "not an answer that the API documents" },
    { why: "limit", status: 429, text: "", hint: "vultr:requestsPerSecond" },
  ];

  it.each(rows)("$why", ({ status, text, hint }) => {
    expect(errorOf({ status, text }).hint).toContain(hint);
  });

  it("and no two are alike", () => {
    expect(new Set(rows.map((row) => errorOf(row).hint)).size).toBe(rows.length);
  });

  it.each([
    [300, "Redirects are not followed"],
    [399, "Redirects are not followed"],
    [199, "not an answer that the API documents"],
    [405, "not an answer that the API documents"],
    [499, "not an answer that the API documents"],
    [500, "has trouble"],
  ])("%i: %s", (status, hint) => {
    expect(errorOf({ status }).hint).toContain(hint);
  });

  it.each([
    "API access is disabled.",
    "API not enabled",
    "The API key's user has it disabled",
    "Disabled for the API",
    "Please enable your account's API.",
  ])("%j is a disabled API", (reason) => {
    expect(errorOf({ status: 401, text: says(reason) }).hint).toContain("Enable API access");
  });

  it("but a disabled API is one situation, whatever its status", () => {
    const text = says("API access is not enabled for this user");
    expect(errorOf({ status: 403, text }).hint).toBe(errorOf({ status: 401, text }).hint);
    expect(errorOf({ status: 403, text })).toBeInstanceOf(errors.PermissionError);
  });
});
