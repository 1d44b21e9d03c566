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
  const shown = [error, error.cause].map((part) =>
    inspect(part, { depth: Infinity, showHidden: true, getters: true }),
  );
  const written = [error, Object.entries(error)].map((part) => JSON.stringify(part));
  return [String(error), error.stack, ...shown, ...written].join("\n");
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

const ours = new errors.VultrError({ message: leak, hint: leak, cause: new Error(leak) });
const deep = new Error("outer", { cause: new Deep(leak, { cause: new Error(leak) }) });
const causes = [undefined, new Error(leak), deep, leak, { leak }, ours];

const parts = { message: leak, hint: leak };
const apiParts = { ...parts, status: 401, reason: leak, fromVultr: true, retryAfterMs: undefined };

describe.each([
  ["VultrError", (cause: unknown) => new errors.VultrError({ ...parts, cause })],
  [
    "ConnectionError",
    (cause: unknown) => new errors.ConnectionError({ ...parts, cause, sent: true }),
  ],
  ["ApiError", (cause: unknown) => new errors.ApiError({ ...apiParts, cause })],
  ["RateLimitError", (cause: unknown) => new errors.RateLimitError({ ...apiParts, cause })],
])("%s holds nothing secret", (_name, make) => {
  it.each(causes)("with %p as its cause", (cause) => {
    expectNoSecret(everythingOf(make(cause)));
  });
});

it("the last word to the engine holds nothing secret, of an error of ours or of a bug", () => {
  for (const thrown of [ours, new Error(leak), leak])
    expectNoSecret(everythingOf(presentError(thrown, String)));
});

it("a key is not half shown where a long reason is cut", () => {
  for (let before = 150; before <= 220; before += 1) {
    const text = JSON.stringify({ error: `${"-".repeat(before)}${shaped} and more`.padEnd(300) });
    const answer = { status: 400, retryAfter: undefined, contentType: "", text };
    const action = "do it";
    expect(errorFromAnswer(answer, action, 0).message).not.toContain(shaped.slice(0, 2));
  }
});
