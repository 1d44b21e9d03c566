import { inspect } from "node:util";

import * as errors from "../../../provider/vultr/errors";
import { rememberSecret } from "../../../provider/vultr/redact";
import { errorFromAnswer } from "../../../provider/vultr/failures";
import { presentError } from "../../../provider/doors/present-error";

const remembered = "a management key, odd (but) ours";
const shaped = "QWERTYUIOPASDFGHJKLZXCVBNM0123456789";
const bearer = "only-known-by-its-header";

rememberSecret(remembered); // before any error is made: errors are redacted once and for all

const leak = `sent ${remembered} and ${shaped} with Authorization: Bearer ${bearer}`;

/** All that a log, a debugger or the engine could print of an error. */
function everythingOf(error: Error): string {
  const { cause, stack } = error;
  return [
    String(error),
    stack,
    inspect(error, { depth: Infinity, showHidden: true, getters: true }),
    inspect(cause, { depth: Infinity, showHidden: true }),
    JSON.stringify(error),
    JSON.stringify(Object.entries(error)),
  ].join("\n");
}

function expectNoSecret(text: string): void {
  for (const secret of [remembered, shaped, bearer]) expect(text).not.toContain(secret);
  expect(text).toContain("[redacted]"); // there was something to find
}

class Deep extends Error {
  readonly code = leak;
  readonly headers = { authorization: `Bearer ${bearer}` };
  override readonly name = leak;
}

const causes: [string, unknown][] = [
  ["nothing", undefined],
  ["an error", new Error(leak)],
  [
    "an error in an error",
    new Error("outer", { cause: new Deep(leak, { cause: new Error(leak) }) }),
  ],
  ["a string", leak],
  ["an object", { leak }],
  [
    "an error of ours",
    new errors.VultrError({ message: leak, hint: leak, cause: new Error(leak) }),
  ],
];

const parts = { message: leak, hint: leak };
const apiParts = { ...parts, status: 401, reason: leak, fromVultr: true };

const makers: Record<string, (cause: unknown) => errors.VultrError> = {
  VultrError: (cause) => new errors.VultrError({ ...parts, cause }),
  ConnectionError: (cause) => new errors.ConnectionError({ ...parts, cause, sent: true }),
  ApiError: (cause) => new errors.ApiError({ ...apiParts, cause }),
  RateLimitError: (cause) =>
    new errors.RateLimitError({ ...apiParts, cause, retryAfterMs: undefined }),
};

describe.each(Object.entries(makers))("%s holds nothing secret", (_name, make) => {
  it.each(causes)("with %s as its cause", (_what, cause) => {
    expectNoSecret(everythingOf(make(cause)));
  });
});

it("the last word to the engine holds nothing secret, of an error of ours or of a bug", () => {
  expectNoSecret(everythingOf(presentError(new errors.VultrError(parts), undefined)));
  expectNoSecret(everythingOf(presentError(new Error(leak), undefined)));
  expectNoSecret(everythingOf(presentError(leak, undefined)));
});

it("a key is not half shown where a long reason is cut", () => {
  for (let before = 150; before <= 220; before += 1) {
    const text = JSON.stringify({ error: `${"-".repeat(before)}${shaped} and more`.padEnd(300) });
    const answer = { status: 400, retryAfter: undefined, contentType: "", text };
    const action = "do it";
    expect(errorFromAnswer(answer, action, 0).message).not.toContain(shaped.slice(0, 2));
  }
});
