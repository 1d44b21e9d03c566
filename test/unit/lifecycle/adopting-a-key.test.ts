import type { KeyInputs } from "../../../provider/keys/inputs";
import { fingerprintOf } from "../../../provider/keys/state";
import { respond } from "../../emulator";
import { assume } from "../../support/assume";
import { failureOf, keysPath, startRun, urnOf } from "./run";

// What is compared with the args, and how a plaintext is proven.
assume({
  otherFields: "documented",
  refusalSent: "as-status",
  emptyAllowlist: "allow",
  deletedKeyListedForMs: 0,
});

const dateExpire = "2031-06-30T00:00:00Z";
const nowText = "2026-11-01T00:00:00Z";

/** A user with a key made by hand, and a program that takes it over. */
async function runWithKey(how: { dateExpire?: string; usableAfterMs?: number } = { dateExpire }) {
  const run = await startRun();
  const key = run.vultr.addKey(run.userId, { name: "by hand", ...how });
  const adoption = { adoptKeyId: key.id };
  const adopt = async (args: KeyInputs = {}) => (await run.make({ ...adoption, ...args })).outs;
  return { ...run, key, adoption, adopt };
}

type KeyRun = Awaited<ReturnType<typeof runWithKey>>;

const changes = ({ sent }: KeyRun) => sent().filter((request) => !request.startsWith("GET"));

it.each<KeyInputs>([
  {},
  { name: "by hand" },
  { dateExpire: "2031-06-30T02:00:00.000+02:00" },
  { expiresIn: "90d" },
])(
  "a key that is as the args describe it, %j, stays so; state says when it was adopted",
  async (args) => {
    await using run = await runWithKey();
    const adoption = { ...run.adoption, ...args };
    const keyId = run.key.id;
    const outs = { keyId, name: "by hand", dateExpire, createdAt: nowText };
    const id = `${run.userId}/${keyId}`;
    expect(await run.make(adoption)).toEqual({ id, outs: { ...run.args(adoption), ...outs } });
    expect(run.sent()).toEqual(["GET keys"]);
  },
);

describe("its plaintext", () => {
  const proven = { verifiedAt: nowText };

  it("is proven, and becomes an output in place of an arg", async () => {
    await using run = await runWithKey();
    const { apiKey } = run.key;
    const outs = await run.adopt({ adoptApiKey: apiKey });
    expect(outs).toMatchObject({ apiKey, fingerprint: fingerprintOf(apiKey), ...proven });
    expect(outs).not.toHaveProperty("adoptApiKey");
  });

  it("cannot be compared where the listing shows no ending, and is proven all the same", async () => {
    await using run = await runWithKey();
    const json = { api_keys: [{ id: run.key.id, name: "by hand" }] };
    run.vultr.inject(respond({ status: 200, json }, { path: keysPath }));
    expect(await run.adopt({ adoptApiKey: run.key.apiKey })).toMatchObject(proven);
  });

  it("is taken on trust where no proof is wanted", async () => {
    await using run = await runWithKey({ usableAfterMs: Infinity });
    const outs = await run.adopt({ adoptApiKey: run.key.apiKey, verify: false });
    expect(outs.apiKey).toBe(run.key.apiKey);
    expect(outs).not.toHaveProperty("verifiedAt");
  });

  it("is refused where it does not authenticate: the key stays, and is not the resource's", async () => {
    await using run = await runWithKey({ usableAfterMs: Infinity });
    const adoption = run.adopt({ adoptApiKey: run.key.apiKey });
    expect(await failureOf(adoption)).toMatch(
      /^could not verify API key .* Check adoptApiKey, or leave it out\. If that does not help, ask Vultr's support/,
    );
    expect(changes(run)).toEqual([]);
    expect(await failureOf(run.end(run.stateOf(run.key)))).toContain("then no key is revoked");
  });
});

describe("what is otherwise than the args describe it is refused, and nothing is changed", () => {
  it.each<[what: string, args: KeyInputs, says: string, arrange?: (run: KeyRun) => unknown]>([
    ["another name", { name: "other" }, 'it is named "by hand". Write that name'],
    ["another expiry", { dateExpire: "2031-06-30T00:00:01Z" }, `it expires at ${dateExpire}.`],
    ["another plaintext", { adoptApiKey: "ends-otherwise" }, "is not its plaintext: it should end"],
    [
      "a key that has been rotated since: the way out is to remove adoptKeyId",
      {},
      "has 0 API keys and this is none of them. Check adoptKeyId, and that the key belongs to this user. If the key has been rotated here since, remove adoptKeyId",
      ({ vultr, key }) => {
        vultr.deleteKey(key.id);
      },
    ],
    [
      "a key of a user whom Vultr does not know",
      {},
      "has 0 API keys and this is none of them",
      ({ vultr, userId }) => {
        vultr.removeUser(userId);
      },
    ],
  ])("%s", async (_what, args, says, arrange = () => undefined) => {
    await using run = await runWithKey();
    arrange(run);
    const message = await failureOf(run.adopt(args));
    expect(message.startsWith(`could not adopt API key ${run.key.id}: `)).toBe(true);
    expect(message).toContain(says);
    expect(message).toContain("Nothing was changed.");
    expect(changes(run)).toEqual([]);
  });

  it("an expiry for a key that has none, and a key of another user", async () => {
    await using run = await runWithKey({});
    expect(await failureOf(run.adopt({ dateExpire }))).toContain("it never expires");
    const { id } = run.vultr.addKey(run.vultr.addUser().id);
    expect(await failureOf(run.adopt({ adoptKeyId: id }))).toContain(
      `could not adopt API key ${id}: user ${run.userId} has 1 API keys and this is none`,
    );
  });
});

describe("a second adoption of one key is refused, whatever the order of the calls", () => {
  const firstUrn = urnOf("first");

  it.each<{ what: string; first: (run: KeyRun) => unknown }>([
    { what: "another has adopted it", first: ({ make, adoption }) => make(adoption, "first") },
    {
      what: "another is to adopt it",
      first: ({ provider, args, adoption }) => provider.check({}, args(adoption, "first")),
    },
    {
      what: "state records it for another",
      async first({ known, provider, args, stateOf, key, adoption }) {
        await known(adoption, "first");
        const state = stateOf(key, { resourceUrn: firstUrn, ...adoption });
        await provider.diff("id", state, args(adoption, "first"));
      },
    },
  ])("$what", async ({ first }) => {
    await using run = await runWithKey();
    await first(run);
    const { failures } = await run.provider.check({}, run.args(run.adoption));
    expect(failures[0]?.reason).toContain(
      `is the key of another resource of this program (${firstUrn})`,
    );
    expect(await failureOf(run.adopt())).toContain(
      `another resource of this program holds it: ${firstUrn}. A key has one owner: remove one of the two resources`,
    );
  });

  it("by itself it is adopted again: --replace", async () => {
    await using run = await runWithKey();
    const args = run.args(run.adoption);
    await run.known(run.adoption);
    expect((await run.create(args)).outs).toMatchObject({ keyId: run.key.id, ...run.adoption });
  });
});

it("is done also where this run's refresh has lost another key of the resource", async () => {
  await using run = await runWithKey();
  const lost = (await run.make()).outs;
  run.vultr.deleteKey(lost.keyId);
  run.nextRun();
  expect(await run.read(lost)).toEqual({});
  const outs = await run.adopt();
  expect(outs.keyId).toBe(run.key.id);
  expect(outs).not.toHaveProperty("previousKeyId");
});

it("is refused where this run's refresh has lost that very key: nothing replaces it unasked", async () => {
  await using run = await runWithKey();
  const lost = await run.adopt({ adoptApiKey: run.key.apiKey });
  run.vultr.deleteKey(run.key.id);
  run.nextRun();
  expect(await run.read(lost)).toEqual({});
  expect(await failureOf(run.adopt())).toContain("this is none of them");
  expect(changes(run)).toEqual([]);
});
