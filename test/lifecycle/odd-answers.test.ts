import fc from "fast-check";

import { atDepth } from "../support/depth";
import { unknownKeys } from "../support/invariants";
import { startMiniatureScene } from "../support/miniature-scene";
import { programOf } from "../support/miniature-stack";

/*
 * Answers that are odd and still possible: Vultr marks no field as required. Whatever stands in the fields
 * that we do not need, and whatever users and keys others have, one user's key lives its life.
 */

/** A plaintext in a field where none belongs: nothing may print it. */
const hidden = "HIDDENHIDDENHIDDENHIDDENHIDDENHIDDEN";

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
  const property = fc.asyncProperty(answers, async (odd) => {
    await using scene = await startMiniatureScene();
    const { vultr, userId, observed } = scene;
    const email = "own@example.com";
    vultr.setEmail(userId, email);
    const shown = { ...odd.own, id: userId, email };
    const aside = ({ meta, extra: more }: typeof odd.envelope) => ({
      ...more,
      ...(meta && { meta }),
    });
    vultr.rewrite((path, body) => {
      const others = aside(odd.envelope);
      if (path === "/account") return { ...others, account: odd.account };
      if (path === "/users") return { ...others, users: [...odd.otherUsers, shown] };
      if (path === `/users/${userId}`) return { ...others, user: shown };
      const { api_keys: keys, api_key: made } = body as { api_keys?: object[]; api_key?: object };
      if (made !== undefined) {
        const { id, api_key: plaintext } = made as Record<string, unknown>;
        return { ...others, api_key: { ...odd.ownKeys, id, api_key: plaintext } };
      }
      if (keys === undefined) return body;
      const own = keys.map((row) => ({ ...odd.ownKeys, id: (row as { id: string }).id }));
      const foreign = odd.otherKeys.map((row, at) => ({ ...row, id: `foreign-${at}` }));
      return { ...others, api_keys: [...foreign, ...own] };
    });
    for (const rotationTrigger of [1, 2]) {
      const { error } = await scene.up(programOf({ key: { userEmail: email, rotationTrigger } }));
      expect(error).toBeUndefined();
    }
    expect((await scene.up(programOf({}))).error).toBeUndefined();
    expect(vultr.liveKeys()).toEqual([]);
    expect(unknownKeys(observed)).toEqual([]);
    const text = observed.printed.join("\n");
    for (const secret of [hidden, ...vultr.issuedApiKeys()]) expect(text).not.toContain(secret);
  });
  await fc.assert(property, { seed: 20261126, numRuns: atDepth({ gate: 300, soak: 2_000 }) });
});
