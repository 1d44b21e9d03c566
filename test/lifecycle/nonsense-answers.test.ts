import { gzipSync } from "node:zlib";
import fc from "fast-check";

import { respond } from "../emulator";
import { atDepth } from "../support/depth";
import { unknownKeys } from "../support/invariants";
import { startMiniatureScene } from "../support/miniature-scene";
import { programOf } from "../support/miniature-stack";

type Row = Readonly<Record<string, unknown>>;
type Scene = Awaited<ReturnType<typeof startMiniatureScene>>;

/** A plaintext that hides in a strange answer: nothing may print it. */
const hidden = "HIDDENHIDDENHIDDENHIDDENHIDDENHIDDEN";

function expectNothingHidden({ vultr, observed }: Scene): void {
  const text = observed.printed.join("\n");
  for (const secret of [hidden, ...vultr.issuedApiKeys()]) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/<html|<title/);
  expect(unknownKeys(observed)).toEqual([]);
}

/** Makes, rotates and deletes a key, against answers that are strange each time. */
const played = <Answers>(
  answers: fc.Arbitrary<Answers>,
  play: (scene: Scene, strange: Answers) => Promise<void>,
) =>
  fc.asyncProperty(answers, async (strange) => {
    await using scene = await startMiniatureScene();
    await play(scene, strange);
    expectNothingHidden(scene);
    scene.vultr.clearFaults();
    expect((await scene.up(programOf({}))).error).toBeUndefined();
  });

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
  const property = played(nonsense, async ({ vultr, userId, up }, strange) => {
    const { method, skip, contentType, contentEncoding, location, ...response } = strange;
    const all = { "content-type": contentType, "content-encoding": contentEncoding, location };
    const given = Object.entries(all).filter(([, value]) => value !== "");
    const headers = Object.fromEntries(given);
    vultr.inject(respond({ ...response, headers }, { method, skip, count: Infinity }));
    for (const rotationTrigger of [1, 2]) {
      const { error } = await up(programOf({ key: { userId, rotationTrigger } }));
      expect(error?.message ?? "could not").toMatch(/^could not/);
    }
  });
  await fc.assert(property, { seed: 20261124, numRuns: atDepth({ gate: 100, soak: 1_000 }) });
});

/*
 * Answers that are odd and still possible: Vultr marks no field as required. Whatever stands in the fields
 * that we do not need, and whatever users and keys others have, one user's key lives its life.
 */

const oddValue = fc.oneof(
  fc.constantFrom(null, true, false, "", " ", hidden, "suspended-or-so", [], {}, [null], { a: {} }),
  fc.integer(),
  fc.double(),
  fc.string(),
);
const extra = fc.dictionary(fc.string({ minLength: 9, maxLength: 12 }), oddValue, { maxKeys: 3 });

/** Fields of which each may be missing or odd, and others that nobody documents. */
const fields = (...names: string[]) =>
  fc
    .tuple(
      fc.record(Object.fromEntries(names.map((name) => [name, oddValue])), { requiredKeys: [] }),
      extra,
    )
    .map(([some, more]) => ({ ...more, ...some }));

const ofUsers = ["email", "name", "first_name", "last_name", "service_user", "acls"];
const user = fields(...ofUsers, "last_activity", "status", "api_enabled");
const key = fields("name", "api_key", "expire", "date_expire");
const links = fc.record({ next: fc.constantFrom<unknown>("", null, {}, []), prev: oddValue });
const meta = fc.record({
  total: fc.constantFrom<unknown>(null, "1", {}),
  links: fc.oneof(links, fc.constant(null)),
});

const answers = fc.record({
  /** In the list of users, before the one that is looked for. */
  otherUsers: fc.array(
    fc.oneof(
      user.map((row) => ({ id: "7b1d0000-0000-4000-8000-000000000007", ...row })),
      fc.tuple(user, oddValue).map(([row, id]) => ({ ...row, id })),
      user,
      oddValue,
    ),
    { maxLength: 3 },
  ),
  /** Instead of what the user's own row says, save the e-mail address. */
  own: user.map(({ email: _, ...row }) => row),
  /** Beside the user's keys. */
  otherKeys: fc.array(key, { maxLength: 3 }),
  ownKeys: key,
  envelope: fc.record({ extra, meta: fc.option(meta, { nil: undefined }) }),
  account: fields("name", "email", "acls", "balance"),
});

test("whatever is odd and still possible, a key of one user lives its life", async () => {
  const property = played(answers, async ({ vultr, userId, up }, odd) => {
    const userEmail = "own@example.com";
    vultr.setEmail(userId, userEmail);
    const shown = { ...odd.own, id: userId, email: userEmail };
    const { extra: more, meta } = odd.envelope;
    const others = { ...more, ...(meta && { meta }) };
    vultr.rewrite((path, body) => {
      if (path === "/account") return { ...others, account: odd.account };
      if (path === "/users") return { ...others, users: [...odd.otherUsers, shown] };
      if (path === `/users/${userId}`) return { ...others, user: shown };
      const { api_keys: keys, api_key: made } = body as { api_keys?: Row[]; api_key?: Row };
      if (made !== undefined) {
        const { id, api_key: plaintext } = made;
        return { ...others, api_key: { ...odd.ownKeys, id, api_key: plaintext } };
      }
      if (keys === undefined) return body;
      const own = keys.map(({ id }) => ({ ...odd.ownKeys, id }));
      const foreign = odd.otherKeys.map((row, at) => ({ ...row, id: `foreign-${at}` }));
      return { ...others, api_keys: [...foreign, ...own] };
    });
    for (const rotationTrigger of [1, 2]) {
      const { error } = await up(programOf({ key: { userEmail, rotationTrigger } }));
      expect(error).toBeUndefined();
    }
    expect((await up(programOf({}))).error).toBeUndefined();
    expect(vultr.liveKeys()).toEqual([]);
  });
  await fc.assert(property, { seed: 20261126, numRuns: atDepth({ gate: 300, soak: 2_000 }) });
});
