import { gzipSync } from "node:zlib";
import fc from "fast-check";

import { respond } from "../emulator";
import { atDepth } from "../support/depth";
import { unknownKeys } from "../support/invariants";
import { startMiniatureScene } from "../support/miniature-scene";
import { programOf } from "../support/miniature-stack";

/** A plaintext that hides in a strange answer: nothing may print it. */
const hidden = "HIDDENHIDDENHIDDENHIDDENHIDDENHIDDEN";

const json = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(
    "null",
    "[]",
    `{"api_key":"${hidden}"}`,
    `{"api_key":{"id":7,"api_key":"${hidden}"}}`,
    `{"api_key":{"id":"","api_key":"${hidden}","name":null}}`,
    `{"api_key":{"id":"x","api_key":"*******************************AB123"}}`,
    `{"api_keys":{}}`,
    `{"api_keys":[{"api_key":"${hidden}"}]}`,
    `{"error":{"message":"${hidden}"}}`,
    `{"error":"${hidden}"}`,
  ),
);
const body = fc.oneof(
  json.map((text) => Buffer.from(text)),
  json.map((text) => gzipSync(text)),
  json.map((text) => Buffer.from(text.slice(0, Math.floor(text.length / 2)))),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(Buffer.alloc(17 * 1024 * 1024, "a")),
  fc.constant(Buffer.from(`<html><title>${hidden}</title></html>`)),
);
const odd = [301, 302, 307, 400, 401, 403, 404, 405, 409, 418, 422, 500, 503, 599];
const nonsense = fc.record({
  status: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(200, 201, 202, 204) },
    { weight: 2, arbitrary: fc.constantFrom(...odd) },
  ),
  contentType: fc.constantFrom("application/json", "text/html", "application/octet-stream", ""),
  contentEncoding: fc.constantFrom("", "", "gzip", "br", "deflate", "x-unknown"),
  location: fc.constantFrom("", "http://127.0.0.1:1/elsewhere"),
  body,
  afterWork: fc.boolean(),
  method: fc.constantFrom<"GET" | "POST" | "DELETE">("GET", "POST", "POST", "DELETE"),
  skip: fc.integer({ min: 0, max: 2 }),
});

test("whatever Vultr answers, the error is clear, holds no secret, and no key is left behind", async () => {
  const property = fc.asyncProperty(nonsense, async (strange) => {
    await using scene = await startMiniatureScene();
    const { vultr, userId, observed } = scene;
    const { method, skip, contentType, contentEncoding, location, ...response } = strange;
    const all = { "content-type": contentType, "content-encoding": contentEncoding, location };
    const given = Object.entries(all).filter(([, value]) => value !== "");
    const headers = Object.fromEntries(given);
    vultr.inject(respond({ ...response, headers }, { method, skip, count: Infinity }));
    for (const rotationTrigger of [1, 2]) {
      const { error } = await scene.up(programOf({ key: { userId, rotationTrigger } }));
      expect(error?.message ?? "could not").toMatch(/^could not/);
    }
    const text = observed.printed.join("\n");
    expect(text).not.toContain(hidden);
    for (const secret of vultr.issuedApiKeys()) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/<html|<title/);
    expect(unknownKeys(observed)).toEqual([]);
    vultr.clearFaults();
    expect((await scene.up(programOf({}))).error).toBeUndefined();
  });
  await fc.assert(property, { seed: 20261124, numRuns: atDepth({ gate: 100, soak: 1_000 }) });
});
